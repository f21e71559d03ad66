// What a reply must contain: a piece of text, or a /regular expression/.

const REGEX = /^\/(.+)\/([a-z]*)$/s;

/** Whether `pattern` can be used; the reason why not otherwise. */
export function patternFault(pattern: string): string | null {
  const match = REGEX.exec(pattern);
  if (match === null) return pattern.trim() === '' ? 'text to look for' : null;
  try {
    new RegExp(match[1] ?? '', match[2]);
    return null;
  } catch (error) {
    return `a regular expression (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Plain text is looked for without regard to case and to how much white space there is. */
export function containsPattern(text: string, pattern: string): boolean {
  const match = REGEX.exec(pattern);
  if (match !== null) return new RegExp(match[1] ?? '', match[2]).test(text);
  return plain(text).includes(plain(pattern));
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
