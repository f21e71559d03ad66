// Estimates which words of a clause have been spoken when a part of its audio has been played.
import { mulawPower } from './mulaw.ts';
import { FRAME_MS, FRAME_SAMPLES, LINE_HZ, ms, msToSamples, type Mulaw8k } from './units.ts';

/**
 * Speech lies above this share of the clause's loudest 20 ms, which is -30 dB: a synthetic voice's vowels span about
 * 20 dB, and its pauses are digital silence or hiss at -40 dB and below.
 */
const SPEECH_SHARE = 1e-3;
/** A quieter stretch within the clause that is shorter than this is a stop consonant, not a pause. */
const MIN_PAUSE_MS = ms(160);
/** The names of the ten digits have four letters on average, and "42" takes as long to say as two of them. */
const LETTERS_A_DIGIT = 4;
/** A short word takes longer than its letters, and the voice slows down where a comma or a full stop follows. */
const LETTERS_A_WORD = 1;
const LETTERS_A_BREAK = 1;
/**
 * No voice speaks faster: of 196 clauses by Flite's four voices the fastest took 40 ms for what counts as a letter here,
 * half of them less than 53. While a clause is still being synthesized its length is unknown, and this keeps words that
 * have no audio yet from counting as spoken.
 */
const FASTEST_LETTER_MS = 35;

export interface SpokenClause {
  readonly text: string;
  /** From the beginning of the clause, in playing order. */
  readonly audio: readonly Mulaw8k[];
  /** Whether this is all of the clause's audio. */
  readonly whole: boolean;
}

/**
 * The beginning of the text, up to the last word whose end lies in the first `played` samples. Silence in front, behind
 * and between takes no words; the rest of the time is shared out by the words' letters. Against the durations that Flite
 * reports, the end of half of all words is found to 75 ms, of 95 % to 240 ms.
 */
export function wordsHeard({ text, audio, whole }: SpokenClause, played: number): string {
  const total = audio.reduce((sum, piece) => sum + piece.length, 0);
  if (whole && played >= total) return text;
  const blocks = speechBlocks(audio, total);
  const words = [...text.matchAll(/\S+/gu)].map((match) => ({
    end: match.index + match[0].length,
    letters: spokenLetters(match[0]),
  }));
  const letters = words.reduce((sum, word) => sum + word.letters, 0);
  const fastest = whole ? 0 : letters * msToSamples(FASTEST_LETTER_MS, LINE_HZ);
  const speaking = Math.max(fastest, spokenBefore(blocks, total));
  const spoken = spokenBefore(blocks, played);

  let heardTo = 0;
  let passed = 0;
  for (const word of words) {
    passed += word.letters;
    if (passed * speaking > spoken * letters) break;
    heardTo = word.end;
  }
  return spoken === 0 ? '' : text.slice(0, heardTo);
}

/** What the word takes to say, in letters; 0 for a dash that stands alone. */
function spokenLetters(word: string): number {
  const digits = word.match(/\p{N}/gu)?.length ?? 0;
  const letters = word.match(/\p{L}/gu)?.length ?? 0;
  if (digits + letters === 0) return 0;
  const slow = /[,.?!;:]["')]*$/u.test(word) ? LETTERS_A_BREAK : 0;
  return letters + digits * LETTERS_A_DIGIT + LETTERS_A_WORD + slow;
}

/** For each 20 ms from the beginning, the last one maybe shorter, whether it is speech; all of them where all is silence. */
function speechBlocks(audio: readonly Mulaw8k[], total: number): readonly boolean[] {
  const powers = new Float64Array(Math.ceil(total / FRAME_SAMPLES));
  let at = 0;
  for (const piece of audio) {
    let taken = 0;
    while (taken < piece.length) {
      const room = FRAME_SAMPLES - (at % FRAME_SAMPLES);
      const end = Math.min(piece.length, taken + room);
      const block = Math.floor(at / FRAME_SAMPLES);
      powers[block] = (powers[block] ?? 0) + mulawPower(piece, taken, end);
      at += end - taken;
      taken = end;
    }
  }
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const loud = Array.from(powers, (power) => power >= loudest * SPEECH_SHARE);
  return withoutShortPauses(loud);
}

function withoutShortPauses(loud: readonly boolean[]): readonly boolean[] {
  const shortest = Math.ceil(MIN_PAUSE_MS / FRAME_MS);
  const speech = [...loud];
  let last = -1;
  loud.forEach((isLoud, block) => {
    if (!isLoud) return;
    if (last >= 0 && block - last - 1 < shortest) speech.fill(true, last, block);
    last = block;
  });
  return speech;
}

/** Samples of speech among the first `count`. */
function spokenBefore(blocks: readonly boolean[], count: number): number {
  let spoken = 0;
  blocks.forEach((speech, block) => {
    const inside = Math.min(FRAME_SAMPLES, Math.max(0, count - block * FRAME_SAMPLES));
    if (speech) spoken += inside;
  });
  return spoken;
}
