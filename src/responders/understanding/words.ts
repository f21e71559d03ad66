// Turns a transcript into plain lower-case words, the same however a speech model has punctuated it.

/** Sounds that carry no meaning of their own. */
const FILLERS: ReadonlySet<string> = new Set(
  'um umm uh uhm er erm ah ahh eh hm hmm hmmm mm mmm mhm huh oh well so like the a please'.split(' '),
);
/** A transcript may hold these and still say nothing. "mm-hm" is a yes only where a yes was asked for. */
const SOUNDS: ReadonlySet<string> = new Set(
  'um umm uh uhm er erm ah ahh eh hm hmm hmmm mm mmm mhm mmhm huh oh ooh'.split(' '),
);

/** Words of a transcript: "3:30", "p.m." → "pm", "o'clock", "555-0123" and "12/3" stay in one piece; "twenty-five" does not. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u2013\u2014]/g, ' ')
    .replace(/\bo\s?'?\s?clock\b/g, "o'clock")
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/\b([ap])\.?\s?m\b\.?(?!')/g, '$1m')
    .replace(/(\d)(am|pm)\b/g, '$1 $2')
    .replace(/(\p{L})-(?=\p{L})/gu, '$1 ')
    .replace(/[^\p{L}\p{N}'+:./\-\s]/gu, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}+]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');
}

/** The word at an index, or an empty one beyond either end. */
export function wordAt(words: readonly string[], index: number): string {
  return words[index] ?? '';
}

/** True when nothing but "um" and its like was said. */
export function isOnlySounds(text: string): boolean {
  return wordsOf(text).every((word) => SOUNDS.has(word));
}

/** The words that carry meaning. */
export function contentWords(text: string): string[] {
  return wordsOf(text).filter((word) => !FILLERS.has(word));
}

/** The caller takes something back, so that the last thing said counts. */
export function takesBack(words: readonly string[]): boolean {
  return /\b(?:no|not|sorry|actually|wait|instead|i mean|i meant|make it|make that|rather|scratch that)\b/.test(
    words.join(' '),
  );
}
