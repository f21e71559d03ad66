// Reads a folder of recordings with a MANIFEST.tsv and sorts its clips into what can be measured with them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINE_HZ } from '../../../src/audio/units.ts';
import { parseWav } from '../../../src/audio/wav.ts';
import { normalized } from '../../../src/inference/expected.ts';
import { MANIFEST, overTheLine, readManifest } from '../recordings.ts';

const NEEDED = ['path', 'transcript'] as const;
/** What the lane takes at most. */
const LONGEST_S = 30;
const NO_SPEECH = /^(noise|music|dtmf|call progress|modem|voicemail beep)/;
const NOT_COMPARABLE = /other language|conversation/;
/** Marks of transcripts that are not word for word. */
const NOT_VERBATIM = /\[|<|\||\.\.\./;
const UNSURE_BASIS = /draft|unsure|partial/;
/** Where the manifest names a group, each clip counts as a speaker of its own. */
const NO_SINGLE_SPEAKER = /unknown|not stated|noise|^$/;

/** Of the thresholds' two halves: one to choose them by, one to check them. Nobody speaks in both. */
export type Half = 'tuning' | 'check';
export type ClipKind = 'sentence' | 'word' | 'sound';

export interface Clip {
  /** In the manifest. */
  readonly name: string;
  readonly kind: ClipKind;
  /** The manifest's own kind. */
  readonly group: string;
  readonly transcript: string;
  readonly half: Half;
  readonly seconds: number;
  /** 8 kHz, once through mu-law. */
  readonly samples: Int16Array;
}

export interface Recordings {
  readonly clips: readonly Clip[];
  /** Clips that say nothing about accuracy, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** A folder that cannot be measured with, and what it should have been. */
export class RecordingsError extends Error {}

interface Row {
  readonly path: string;
  readonly group: string;
  readonly transcript: string;
  readonly speaker: string;
  readonly basis: string;
}

/** @throws RecordingsError */
export function readRecordings(folder: string): Recordings {
  const clips: Clip[] = [];
  const leftOut: Record<string, number> = {};
  for (const row of readRows(folder)) {
    const clip = toClip(folder, row);
    if (typeof clip === 'string') leftOut[clip] = (leftOut[clip] ?? 0) + 1;
    else clips.push(clip);
  }
  if (clips.length > 0) return { clips, leftOut };
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  throw new RecordingsError(`${folder}: no clip can be used: ${reasons.join(', ') || 'no rows'}.`);
}

function readRows(folder: string): Row[] {
  const manifest = readManifest(folder);
  if (manifest === null) {
    throw new RecordingsError(
      `${folder}: found no ${MANIFEST}, expected one: tab-separated, its first line naming the columns, among them ${NEEDED.join(' and ')}; also used: kind, speaker_accent, transcript_basis.`,
    );
  }
  const { columns, rows } = manifest;
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new RecordingsError(
      `${join(folder, MANIFEST)}:1: found the columns ${columns.join(', ')}, expected ${missing.join(' and ')} among them.`,
    );
  }
  return rows.map((cell) => ({
    path: cell('path'),
    group: cell('kind'),
    transcript: cell('transcript'),
    speaker: cell('speaker_accent'),
    basis: cell('transcript_basis'),
  }));
}

/** The clip, or why there is none. */
function toClip(folder: string, row: Row): Clip | string {
  const { path, group, transcript, speaker } = row;
  if (NOT_COMPARABLE.test(group)) return 'in other languages or of several speakers';
  const words = normalized(transcript);
  const isSound = NO_SPEECH.test(group) || words === '';
  if (!isSound && (NOT_VERBATIM.test(transcript) || UNSURE_BASIS.test(row.basis))) {
    return 'with a transcript that is not word for word';
  }
  const file = join(folder, path);
  if (!existsSync(file)) return 'missing';
  const wav = parseWav(readFileSync(file));
  if (!wav.ok) return 'not readable as WAV';
  const samples = overTheLine(wav);
  const seconds = samples.length / LINE_HZ;
  if (seconds > LONGEST_S) return `longer than ${LONGEST_S} s`;
  return {
    name: path,
    kind: isSound ? 'sound' : words.includes(' ') ? 'sentence' : 'word',
    group,
    transcript,
    half: halfOf(NO_SINGLE_SPEAKER.test(speaker) ? path : speaker),
    seconds,
    samples,
  };
}

/** FNV-1a, so that a speaker stays in one half whatever else the folder holds. */
export function halfOf(speaker: string): Half {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(speaker, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % 2 === 0 ? 'tuning' : 'check';
}
