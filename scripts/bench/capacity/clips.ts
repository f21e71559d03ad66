// What simulated callers say: recorded speech from a folder with a MANIFEST.tsv, or Flite's voices without one.
import { join } from 'node:path';
import { decodeMulaw } from '../../../src/audio/mulaw.ts';
import { mulaw8k } from '../../../src/audio/units.ts';
import { TtsLane } from '../../../src/inference/tts-lane.ts';
import { clipOf, type Clip } from '../../../src/simulator/caller-line.ts';
import { fileOverTheLine, readManifest, type Manifest } from '../recordings.ts';

/** Two kinds of questions: any words will do, or a yes or no is wanted. */
export type ClipUse = 'open' | 'yes-no';

export interface SpokenClip {
  readonly name: string;
  readonly use: ClipUse;
  readonly clip: Clip;
}

export interface ClipSet {
  readonly source: 'recordings' | 'flite';
  readonly clips: readonly SpokenClip[];
}

const SPEECH_KINDS: readonly string[] = ['utterance', 'utterance (call turn)'];
const YES_OR_NO = /^(?:yes|no)[.!]?$/i;
/** What callers say in one go; a longer pause would be taken for the end of the turn (FIXED_WAIT_MS is 450). */
const SECONDS = { least: 0.8, most: 6.5 };
const MAX_PAUSE_MS = 350;
const MIN_SPEECH_MS = 250;
/** Kept around the speech. */
const MARGIN_SAMPLES = { before: 800, after: 1200 };

export async function loadClips(folder: string): Promise<ClipSet> {
  const manifest = readManifest(folder);
  if (manifest === null) return { source: 'flite', clips: await spokenByFlite() };
  const clips = recorded(folder, manifest).flatMap(({ name, use, samples }) => usable(name, use, samples));
  if (!clips.some(({ use }) => use === 'open'))
    throw new Error(`${folder} holds no speech that can be used.`);
  return { source: 'recordings', clips };
}

interface RawClip {
  readonly name: string;
  readonly use: ClipUse;
  readonly samples: Int16Array;
}

function recorded(folder: string, manifest: Manifest): RawClip[] {
  return manifest.rows.flatMap((cell) => {
    const seconds = Number(cell('seconds'));
    if (!SPEECH_KINDS.includes(cell('kind')) || seconds < SECONDS.least || seconds > SECONDS.most) return [];
    const use = useOf(cell('transcript'));
    return use === null
      ? []
      : [{ name: cell('path'), use, samples: fileOverTheLine(join(folder, cell('path'))) }];
  });
}

/** Single words answer no open question; null for them. */
function useOf(transcript: string): ClipUse | null {
  if (YES_OR_NO.test(transcript)) return 'yes-no';
  return transcript.trim().includes(' ') ? 'open' : null;
}

/** The speech with a little of what is around it; nothing for a clip with a pause that sounds like an end. */
function usable(name: string, use: ClipUse, samples: Int16Array): SpokenClip[] {
  const { firstSpeechSample, lastSpeechSample } = clipOf(samples);
  const from = Math.max(0, firstSpeechSample - MARGIN_SAMPLES.before);
  const clip = clipOf(samples.slice(from, lastSpeechSample + MARGIN_SAMPLES.after));
  const speech = clip.samples.subarray(clip.firstSpeechSample, clip.lastSpeechSample + 1);
  if (speech.length < MIN_SPEECH_MS * 8 || longestPauseMs(speech) > MAX_PAUSE_MS) return [];
  return [{ name, use, clip }];
}

const BLOCK = 80;
/** A block this far below the loudest one belongs to a pause: soft consonants last less than a pause does. */
const PAUSE_RANGE = 10 ** (-32 / 20);

/** In steps of 10 ms. */
export function longestPauseMs(speech: Int16Array): number {
  const levels: number[] = [];
  for (let at = 0; at < speech.length; at += BLOCK) {
    const block = speech.subarray(at, at + BLOCK);
    levels.push(Math.sqrt(block.reduce((sum, value) => sum + value * value, 0) / block.length));
  }
  const threshold = Math.max(...levels) * PAUSE_RANGE;
  let longest = 0;
  let current = 0;
  for (const level of levels) {
    current = level < threshold ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest * 10;
}

const VOICES = ['rms', 'awb', 'kal16'];
const SENTENCES = [
  'I would like to make an appointment for next week.',
  'Could you tell me what time you open on Saturday?',
  'The train leaves at nine.',
  'Please call me back tomorrow morning.',
  'I am calling about the letter you sent me.',
  'My order has not arrived yet.',
  'There are seven people in the room.',
  'I think the office is on the second floor.',
  'We will be there at eight.',
  'It is about the bill of last month.',
  'Can I speak to someone in the shop?',
  'I would rather come in the afternoon.',
];

async function spokenByFlite(): Promise<readonly SpokenClip[]> {
  const lane = await TtsLane.load(VOICES);
  const clips: SpokenClip[] = [];
  const wanted = [
    ...SENTENCES.map((text) => [text, 'open'] as const),
    ['Yes.', 'yes-no'],
    ['No.', 'yes-no'],
  ] as const;
  for (const voice of VOICES) {
    for (const [text, use] of wanted) {
      const { audio } = await lane.run({ text, voice });
      clips.push({ name: `${voice}: ${text}`, use, clip: clipOf(decodeMulaw(mulaw8k(audio)).samples) });
    }
  }
  await lane.release();
  return clips;
}
