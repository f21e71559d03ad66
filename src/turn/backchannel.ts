// Tells what was said over the agent's voice apart: nothing, a sign of listening ("mm-hm", "okay"), or words to answer.

/** What words over the agent's voice amount to: only `words` are a reason to stop talking. */
export type Gist = 'nothing' | 'backchannel' | 'words';

/**
 * Signs that somebody follows: assent, agreement, short praise, "go on", thanks.
 * What asks for the floor is not here: no, stop, wait, hold on, hello, what, sorry, pardon, well, but, so.
 */
const SIGNS: readonly string[] = [
  'yeah, yea, yah, ya, yes, yep, yup, okay, ok, okey, right, sure, alright, all right, of course, certainly',
  'i see, got it, i got it, gotcha, i understand, understood, i know, makes sense, that makes sense',
  'great, cool, good, nice, fine, fair enough, perfect, excellent, wonderful, lovely, awesome, amazing, very good',
  'very well, sounds good, sounds great, that is right, that is good, that is great, that is fine, that is true',
  'yeah man, exactly, true, correct, indeed, absolutely, definitely, totally, really, interesting, you are right',
  'wow, oh my, oh boy, gosh, go on, go ahead, thanks, thank you, many thanks',
  // The speech model's way to write "yep" and "sure" of people who swallow the last sound.
  'yet, sher',
].flatMap((line) => line.split(', '));

/** Hums and other sounds that are no words. A long "mm-hm" is written "M. M. H. M.", so single letters are among them. */
const SOUND_FORMS: readonly string[] = [
  // mm, mm-mm, mhm, mm-hmm, hm, h
  ...['m+(?:-m+)*', 'm+-?h+m*', 'h+m*'],
  // uh, uh-huh, huh, um, hum
  ...['u+h+', 'u+h+-?h+u+h+', 'h+u+h+', 'h?u+m+'],
  // er, erm, ah, aha, ah-ha, ha, haha, oh, ooh
  ...['e+r+m?', 'a+h+', 'a+h*-?h+a+h*', '(?:h+a+)+h*', 'o+h+', 'o{2,}'],
];
const SOUND = new RegExp(`^(?:${SOUND_FORMS.join('|')})$`, 'u');

const PHRASES: ReadonlySet<string> = new Set(SIGNS);
const LONGEST_WORDS = Math.max(...SIGNS.map((sign) => sign.split(' ').length));

/**
 * What a transcription over the agent's voice may expect: the commonest signs, which the model often writes as some other
 * word when it hears them freely, and beside them the words that sound like one (stop, no, four, nine), so that those win
 * where they fit better. Most needed first: phrases beyond the transcriber's limit of 32 are left out.
 */
export const OVERLAP_PHRASES: readonly string[] = [
  'mm-hmm, uh-huh, yeah, okay, right, no, stop, wait, yes, sure, oh, yep, what, hello, hold on, sorry, nope, i see',
  'got it, all right, wow, cool, pardon, four, nine, five, six, go, bye',
].flatMap((line) => line.split(', '));

/** What answers the agent's question comes first, and no phrase twice. */
export function overlapPhrases(answers: readonly string[]): readonly string[] {
  const known = new Set(answers.map((answer) => answer.toLowerCase()));
  return [...answers, ...OVERLAP_PHRASES.filter((phrase) => !known.has(phrase))];
}

/** Of a whole text: one word that belongs to no sign of listening makes all of it words. "Uh-uh" is a no. */
export function gistOf(text: string): Gist {
  const words = wordsOf(text);
  if (words.length === 0) return 'nothing';
  // Where a row of signs from the beginning on may end: "all right" is a sign, and so is "right", so every end is kept.
  const ends = new Set([0]);
  for (let from = 0; from < words.length; from += 1) {
    if (ends.has(from)) for (const length of signsAt(words, from)) ends.add(from + length);
  }
  return ends.has(words.length) ? 'backchannel' : 'words';
}

/** What asks for the floor and is hardly ever what the speech model makes of a sign. "No" and "what" are often that. */
const CALLS: ReadonlySet<string> = new Set(['stop', 'wait', 'hold on', 'hello', 'sorry', 'pardon']);

/**
 * Confidence below which a few words over the agent's voice are none: so little is as likely a hum or a swallowed "yeah".
 * With OVERLAP_PHRASES, 71 recorded and spoken signs at 3 samples of line noise each were taken for words 9 times of 213
 * (16 times with 0.6); of 96 recorded "no", "stop" and "go" 8 were not (7). Must be <= 1.
 */
export const LEAST_OVERLAP_CONFIDENCE = 0.7;
/** The same for words that call the agent, or answer what it asked. Must be <= LEAST_OVERLAP_CONFIDENCE. */
export const LEAST_CALL_CONFIDENCE = 0.6;
/** Longer texts are words at any confidence: of 345 recorded sentences 4 are below it. */
const MOST_DOUBTFUL_WORDS = 3;

/**
 * The gist of a transcription over the agent's voice. Confidence is the transcriber's, 0 to 1; `answers` says whether the
 * words fit what the agent asked.
 */
export function overlapGist(text: string, confidence: number, answers: boolean): Gist {
  const gist = gistOf(text);
  if (gist !== 'words') return gist;
  const words = wordsOf(text);
  const isExpected = answers || CALLS.has(words.join(' '));
  if (confidence >= (isExpected ? LEAST_CALL_CONFIDENCE : LEAST_OVERLAP_CONFIDENCE)) return gist;
  return words.length <= MOST_DOUBTFUL_WORDS ? 'nothing' : 'words';
}

/** In the beginning of speech that goes on, so few words are often what the first syllables of a sign sound like. */
const MOST_UNSURE_WORDS = 2;

/** Whether the words of speech that goes on can end a reply: a call can, and more than the first syllables. */
export function isSure(text: string): boolean {
  const words = wordsOf(text);
  return words.length > MOST_UNSURE_WORDS || CALLS.has(words.join(' '));
}

/** Sounds and nothing else: what the speech model also writes for a noise that rings or buzzes. */
export function isHum(text: string): boolean {
  const words = wordsOf(text);
  return words.length > 0 && words.every((word) => SOUND.test(word));
}

/** How many words each sign that begins here has. */
function signsAt(words: readonly string[], from: number): number[] {
  const lengths = Array.from({ length: Math.min(LONGEST_WORDS, words.length - from) }, (_, i) => i + 1);
  return lengths.filter((length) => isSign(words.slice(from, from + length).join(' ')));
}

const isSign = (words: string): boolean => PHRASES.has(words) || SOUND.test(words);

/** Lower case, without punctuation but for the hyphens inside words; "that's" as "that is". */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/(?<=that)'s\b/gu, ' is')
    .replaceAll(/(?<=you)'re\b/gu, ' are')
    .split(/[^\p{L}\p{N}'-]+/u)
    .map((word) => word.replaceAll(/^['-]+|['-]+$/gu, ''))
    .filter((word) => word !== '');
}
