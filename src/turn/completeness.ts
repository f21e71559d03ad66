// Words after which a sentence, a number or a list has to go on, whatever the voice sounds like. English. Pure.

/** Each is followed by more of its sentence; those that end one as well ("on", "that", "is", "so") are not among them. */
const LEADS_ON = new Set(
  [
    'and or but because if unless until while although though whereas than',
    'a an the my your our their its every',
    'of from with into onto between during without via per',
    "i i'm i'd i'll i've we're we'd we'll they're they'd you're you'd he's she's it's there's that's let's what's who's",
    'to very really quite my',
  ]
    .join(' ')
    .split(' '),
);

/** Said while looking for the next word. */
const FILLERS = new Set('um umm uh uhm erm er hmm mm ah'.split(' '));

const DIGITS = new Set('zero oh one two three four five six seven eight nine'.split(' '));
/** Of a telephone number without and with its area code: with one of them a number may end. */
const WHOLE_NUMBER = { local: 7, national: 10 };
const OPEN_PUNCTUATION = /(,|\.\.\.|…|-|–|—|:|;)$/;

/** True where the caller is in the middle of something. False says nothing: most pauses leave words that could be all. */
export function mustGoOn(text: string): boolean {
  return OPEN_PUNCTUATION.test(text.trim()) || leadsOn(text) || isOpenNumber(wordsOf(text));
}

/** True where the last word is a filler or one that is followed by more: even an answer that fits goes on behind it. */
export function leadsOn(text: string): boolean {
  const last = wordsOf(text).at(-1);
  return last !== undefined && (LEADS_ON.has(last) || FILLERS.has(last));
}

/** Lower case, without punctuation: "I'd like 20." gives i'd, like, 20. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}']+/gu) ?? []
  );
}

/** "Five five five": two digits and more at the end, and not as many as a telephone number has. */
function isOpenNumber(words: readonly string[]): boolean {
  let digits = 0;
  for (const word of words.toReversed()) {
    if (/^\d+$/.test(word)) digits += word.length;
    else if (DIGITS.has(word)) digits += 1;
    else break;
  }
  // A lone figure of up to four digits is as often a year, a price or a time.
  const isFigure = /^\d{1,4}$/.test(words.at(-1) ?? '') && digits === words.at(-1)?.length;
  if (digits < 2 || isFigure) return false;
  return digits !== WHOLE_NUMBER.local && digits < WHOLE_NUMBER.national;
}
