// Estimates which words of a clause have been spoken when a part of its audio has been played.
import { mulawPower } from './mulaw.ts';
import { FRAME_SAMPLES, LINE_HZ, msToSamples, type Mulaw8k } from './units.ts';

/**
 * Speech lies above this share of the clause's loudest 20 ms, which is -30 dB: a synthetic voice's vowels span about
 * 20 dB, and its pauses are digital silence or hiss at -40 dB and below.
 */
const SPEECH_SHARE = 1e-3;
/** The names of the ten digits have four letters on average, and "42" takes as long to say as two of them. */
const LETTERS_A_DIGIT = 4;
/**
 * Nobody speaks faster: 240 words a minute of 5 letters are 50 ms a letter. While a clause is still being synthesized
 * its length is unknown, and this keeps words that have no audio yet from counting as spoken.
 */
const FASTEST_LETTER_MS = 45;

export interface SpokenClause {
  readonly text: string;
  /** From the beginning of the clause, in playing order. */
  readonly audio: readonly Mulaw8k[];
  /** Whether this is all of the clause's audio. */
  readonly whole: boolean;
}

/**
 * The beginning of the text, up to the last word whose end lies in the first `played` samples. Silence in front, behind
 * and between takes no words; the rest of the time is shared out by the words' letters.
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
  return letters + digits * LETTERS_A_DIGIT;
}

/** For each 20 ms from the beginning, the last one maybe shorter, whether it is speech; all of it where all is silence. */
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
  return Array.from(powers, (power) => power >= loudest * SPEECH_SHARE);
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
