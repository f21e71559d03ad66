// The recordings that people answer with, by what they answer: cut to the speech and without pauses that end a turn.
import { join } from 'node:path';
import { clipOf, type Clip } from '../../../src/simulator/caller-line.ts';
import { normalizeWords } from '../../../src/simulator/word-error-rate.ts';
import { longestPauseMs } from '../capacity/clips.ts';
import { fileOverTheLine, type Manifest } from '../recordings.ts';

export const TOPICS = ['book', 'day', 'time', 'phone-number', 'yes', 'no', 'rating', 'sentence'] as const;
export type Topic = (typeof TOPICS)[number];

export interface RecordedLine {
  readonly path: string;
  readonly words: string;
  readonly topic: Topic;
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
/** A sentence for the echo test and the survey's last question. */
const SENTENCE = { leastWords: 4, leastSeconds: 0.8, mostSpeechMs: 6_500 };
/** Whether a longer pause is the end of a turn is another measurement (bench:turns). */
const MAX_PAUSE_MS = 450;
/**
 * The recording goes on this long after the speech, or nobody can tell when that ended: it was cut off, or its noise is as
 * loud as the end of a word. The few recordings of these topics are cut closely after a word that is whole.
 */
const LEAST_TAIL_SAMPLES = 800;
const CUT_CLOSELY: readonly Topic[] = ['book', 'day', 'time'];
/** Kept around the speech. */
const MARGIN_SAMPLES = { before: 800, after: 1_200 };

/** What of a folder can be used, by its transcripts alone. */
export function linesIn(manifest: Manifest): readonly RecordedLine[] {
  return manifest.rows.flatMap((cell) => {
    const words = cell('transcript');
    const topic = SPOKEN.includes(cell('kind')) ? topicOf(cell('kind'), words, cell('path')) : null;
    return topic === null ? [] : [{ path: cell('path'), words, topic }];
  });
}

function topicOf(kind: string, words: string, path: string): Topic | null {
  const spelled = words.toLowerCase().replace(/[^a-z0-9 ]/g, '');
  const short = SHORT_ANSWERS[spelled];
  if (short !== undefined) return short;
  if (kind === 'digit-sequence')
    return PHONE_DIGITS.includes(spelled.split(' ').length) ? 'phone-number' : null;
  // In a recorded call some turns are those of the other side.
  if (kind === 'digit' || /_agent\b/.test(path)) return null;
  return normalizeWords(words).length >= SENTENCE.leastWords ? 'sentence' : null;
}

/** The speech with a little of what is around it; null for a sentence that is too long or pauses, and for an open end. */
export function spokenClip(folder: string, { path, topic }: RecordedLine): Clip | null {
  const whole = clipOf(fileOverTheLine(join(folder, path)));
  const tail = whole.samples.length - 1 - whole.lastSpeechSample;
  if (tail < LEAST_TAIL_SAMPLES && !CUT_CLOSELY.includes(topic)) return null;
  const from = Math.max(0, whole.firstSpeechSample - MARGIN_SAMPLES.before);
  const clip = clipOf(whole.samples.slice(from, whole.lastSpeechSample + MARGIN_SAMPLES.after));
  const speech = clip.samples.subarray(clip.firstSpeechSample, clip.lastSpeechSample + 1);
  if (topic !== 'sentence') return clip;
  return speech.length / 8 <= SENTENCE.mostSpeechMs && longestPauseMs(speech) <= MAX_PAUSE_MS ? clip : null;
}
