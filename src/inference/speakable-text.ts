// Rewrites a clause in the plain ASCII that Flite can read aloud.

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/[‘’‛ʼ]/g, "'"],
  [/[“”„«»]/g, '"'],
  [/\s*[–—]\s*/g, ', '],
  [/…/g, '...'],
  [/€\s?(\d[\d.,]*)/g, '$1 euros'],
  [/£\s?(\d[\d.,]*)/g, '$1 pounds'],
  [/°/g, ' degrees '],
];

/** Accents are dropped from their letters, other scripts are left out; empty when nothing is left to say. */
export function speakableText(text: string): string {
  let plain = text;
  for (const [pattern, replacement] of REPLACEMENTS) plain = plain.replaceAll(pattern, replacement);
  plain = plain
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, (character) => (/\s/.test(character) ? ' ' : ''))
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return /[A-Za-z0-9]/.test(plain) ? plain : '';
}
