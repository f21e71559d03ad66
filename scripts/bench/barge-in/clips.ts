// What is played to the agent: people's sentences, their signs of listening, and sounds that nobody should answer.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMulaw } from '../../../src/audio/mulaw.ts';
import { mulaw8k } from '../../../src/audio/units.ts';
import { TtsLane } from '../../../src/inference/tts-lane.ts';
import { clipOf, type Clip } from '../../../src/simulator/caller-line.ts';
import { gistOf } from '../../../src/turn/backchannel.ts';
import { ArgumentError } from '../capacity/arguments.ts';
import { speechOnset } from './onset.ts';
import { fileOverTheLine, MANIFEST, readManifest, type ManifestRow } from '../recordings.ts';

/** Signs of listening are recorded ones or spoken by Flite's voices. */
export type ProbeKind = 'speech' | 'recorded-sign' | 'spoken-sign' | 'noise';

export interface ProbeClip {
  readonly name: string;
  readonly kind: ProbeKind;
  readonly clip: Clip;
}

/** What a caller says to be told everything again, when the agent has come to its end. */
export const NUDGE = { text: 'Please tell me all of that again.', voice: 'rms' };

const NOISE_KINDS = /^(?:noise|music|dtmf|call progress|modem|voicemail beep)/;
const SPEECH_KINDS: readonly string[] = ['utterance', 'utterance (call turn)'];
const SENTENCE = { leastWords: 3, leastS: 1, mostS: 6 };
/** On an open line the agent asks again after eight seconds; a clip and what follows must be over by then. */
const MOST_NOISE_SAMPLES = 5 * 8_000;
/** Kept around the speech. */
const MARGIN_SAMPLES = { before: 800, after: 800 };

/**
 * Said by Flite in several voices. Not among them: "mm-hm", which Flite spells letter by letter; "um hum" is how its
 * dictionary sounds like one.
 */
const SIGNS = [
  'Um hum.',
  'Uh huh.',
  'Okay.',
  'Yeah.',
  'Yep.',
  'Right.',
  'Sure.',
  'I see.',
  'Got it.',
  'Oh, okay.',
];
const MORE_SIGNS = ['All right.', 'Great.', 'Wow.', 'Yeah, right.', 'Really?'];
const VOICES = ['slt', 'rms', 'awb'];

export interface ProbeClips {
  readonly clips: readonly ProbeClip[];
  readonly nudge: Clip;
}

/** At most `limit` of each kind, spread over the folder. @throws ArgumentError for a folder that is of no use. */
export async function loadProbeClips(folder: string, limit: number): Promise<ProbeClips> {
  const manifest = readManifest(folder);
  if (manifest === null) {
    throw new ArgumentError(`${folder}: found no ${MANIFEST}, expected a folder of recordings with one.`);
  }
  const rows = manifest.rows.flatMap((row) => {
    const kind = kindOf(row);
    return kind === null ? [] : [{ name: row('path'), kind }];
  });
  for (const kind of ['speech', 'noise'] as const) {
    if (!rows.some((row) => row.kind === kind)) {
      throw new ArgumentError(`${join(folder, MANIFEST)}: found no ${kind}, expected clips of both kinds.`);
    }
  }
  const missing = rows.find(({ name }) => !existsSync(join(folder, name)));
  if (missing !== undefined) throw new ArgumentError(`${join(folder, missing.name)}: found no such file.`);
  const tts = await TtsLane.load([...new Set([...VOICES, NUDGE.voice])]);
  const speak = async (text: string, voice: string): Promise<Int16Array> =>
    decodeMulaw(mulaw8k((await tts.run({ text, voice })).audio)).samples;
  const recorded = (kind: ProbeKind, count: number): ProbeClip[] =>
    spread(
      rows.filter((row) => row.kind === kind),
      count,
    ).map(({ name }) => ({
      name,
      kind,
      clip: clipFor(kind, fileOverTheLine(join(folder, name))),
    }));
  const spoken = VOICES.flatMap((voice) => [...SIGNS, ...MORE_SIGNS].map((text) => ({ text, voice })));
  const heard = recorded('recorded-sign', Math.ceil(limit / 2));
  const said: ProbeClip[] = [];
  for (const { text, voice } of spread(spoken, limit - heard.length)) {
    const clip = clipFor('spoken-sign', await speak(text, voice));
    said.push({ name: `${voice}: ${text}`, kind: 'spoken-sign', clip });
  }
  const nudge = clipOf(await speak(NUDGE.text, NUDGE.voice));
  await tts.release();
  return { clips: [...recorded('speech', limit), ...heard, ...said, ...recorded('noise', limit)], nudge };
}

/** What a recording can be used for; null for nothing. */
export function kindOf(row: ManifestRow): ProbeKind | null {
  const kind = row('kind');
  const transcript = row('transcript');
  if (NOISE_KINDS.test(kind)) return 'noise';
  if (!SPEECH_KINDS.includes(kind)) return null;
  if (gistOf(transcript) === 'backchannel') return 'recorded-sign';
  const seconds = Number(row('seconds'));
  const isSentence = transcript.trim().split(/\s+/).length >= SENTENCE.leastWords;
  return isSentence && seconds >= SENTENCE.leastS && seconds <= SENTENCE.mostS ? 'speech' : null;
}

/** Speech with a little of what is around it; the beginning of a long noise. */
export function clipFor(kind: ProbeKind, samples: Int16Array): Clip {
  if (kind === 'noise') return clipOf(samples.subarray(0, MOST_NOISE_SAMPLES));
  const onset = speechOnset(samples);
  const from = Math.max(0, onset - MARGIN_SAMPLES.before);
  const clip = clipOf(samples.slice(from, clipOf(samples).lastSpeechSample + MARGIN_SAMPLES.after));
  return { ...clip, firstSpeechSample: onset - from };
}

/** `count` of them at equal distances, or all. */
export function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return list.filter(
    (_, i) => Math.floor(((i + 1) * count) / list.length) > Math.floor((i * count) / list.length),
  );
}
