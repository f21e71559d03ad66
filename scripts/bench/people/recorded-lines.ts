// The recordings that people answer with, by what they answer: cut to the speech and without pauses that end a turn.
import { join } from 'node:path';
import { clipOf, type Clip } from '../../../src/simulator/caller-line.ts';
import { normalizeWords } from '../../../src/simulator/word-error-rate.ts';
import { longestPauseMs } from '../capacity/clips.ts';
import { fileOverTheLine, type Manifest } from '../recordings.ts';

/** A sentence is both a comment, which answers an open question, and a statement, which nobody has asked for. */
export const TOPICS = [
  'book',
  'day',
  'time',
  'phone-number',
  'yes',
  'no',
  'rating',
  'comment',
  'statement',
] as const;
export type Topic = (typeof TOPICS)[number];

export interface RecordedLine {
  readonly path: string;
  readonly words: string;
  readonly topic: Topic;
  /** `recorded`: the silence after the speech is part of it; `cut`: it stops closely after its last word, which is whole. */
  readonly end: 'recorded' | 'cut';
}

/** A line that can be played into a call. */
export interface UsableLine extends RecordedLine {
  readonly clip: Clip;
}

const SPOKEN: readonly string[] = ['utterance', 'utterance (call turn)', 'digit', 'digit-sequence'];
const PHONE_DIGITS: readonly number[] = [7, 10];
const SHORT_ANSWERS: Readonly<Record<string, Topic>> = {
  'book a room': 'book',
  today: 'day',
  'two thirty pm': 'time',
  yes: 'yes',
  no: 'no',
  nope: 'no',
  one: 'rating',
  two: 'rating',
  three: 'rating',
  four: 'rating',
  five: 'rating',
};
const SENTENCE = { leastWords: 4, mostSpeechMs: 6_500 };
const SENTENCES: readonly Topic[] = ['comment', 'statement'];
/** Whether a longer pause is the end of a turn is another measurement (bench:turns). */
const MAX_PAUSE_MS = 450;
/**
 * The recording goes on this long after the speech, or nobody can tell when that ended: it was cut off, or its noise is as
 * loud as the end of a word. The few recordings of some topics, and a set of digits that was trimmed when it was made, are
 * cut closely after a word that is whole.
 */
const LEAST_TAIL_SAMPLES = 800;
const CUT_TOPICS: readonly Topic[] = ['book', 'day', 'time'];
const TRIMMED_SET = /free-spoken-digit/;
/** Kept around the speech. */
const MARGIN_SAMPLES = { before: 800, after: 1_200 };

/** What of a folder can be used, by its transcripts alone. */
export function linesIn(manifest: Manifest): readonly RecordedLine[] {
  return manifest.rows.flatMap((cell) => {
    const [kind, words, path] = [cell('kind'), cell('transcript'), cell('path')];
    if (!SPOKEN.includes(kind)) return [];
    const isTrimmed = TRIMMED_SET.test(cell('source'));
    return topicsOf(kind, words, path).map((topic): RecordedLine => ({
      path,
      words,
      topic,
      end: isTrimmed || CUT_TOPICS.includes(topic) ? 'cut' : 'recorded',
    }));
  });
}

function topicsOf(kind: string, words: string, path: string): readonly Topic[] {
  const spelled = words.toLowerCase().replace(/[^a-z0-9 ]/g, '');
  const short = SHORT_ANSWERS[spelled];
  if (short !== undefined) return [short];
  if (kind === 'digit-sequence')
    return PHONE_DIGITS.includes(spelled.split(' ').length) ? ['phone-number'] : [];
  // In a recorded call some turns are those of the other side.
  if (kind === 'digit' || /_agent\b/.test(path)) return [];
  return normalizeWords(words).length >= SENTENCE.leastWords ? SENTENCES : [];
}

/** The lines whose recordings can be played. */
export function usableLines(folder: string, lines: readonly RecordedLine[]): readonly UsableLine[] {
  return lines.flatMap((line) => {
    const clip = spokenClip(folder, line);
    return clip === null ? [] : [{ ...line, clip }];
  });
}

/** The speech with a little of what is around it; null for a sentence that is too long or pauses, and for an open end. */
export function spokenClip(folder: string, { path, topic, end }: RecordedLine): Clip | null {
  const whole = clipOf(fileOverTheLine(join(folder, path)));
  const tail = whole.samples.length - 1 - whole.lastSpeechSample;
  if (tail < LEAST_TAIL_SAMPLES && end === 'recorded') return null;
  const from = Math.max(0, whole.firstSpeechSample - MARGIN_SAMPLES.before);
  const clip = clipOf(whole.samples.slice(from, whole.lastSpeechSample + MARGIN_SAMPLES.after));
  const speech = clip.samples.subarray(clip.firstSpeechSample, clip.lastSpeechSample + 1);
  if (!SENTENCES.includes(topic)) return clip;
  return speech.length / 8 <= SENTENCE.mostSpeechMs && longestPauseMs(speech) <= MAX_PAUSE_MS ? clip : null;
}
