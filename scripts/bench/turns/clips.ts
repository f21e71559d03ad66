// Reads a folder of recordings with a MANIFEST.tsv into what callers may say in one turn, and what they were asked.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { speechSpan } from '../../../src/audio/level.ts';
import { LINE_HZ } from '../../../src/audio/units.ts';
import { parseWav } from '../../../src/audio/wav.ts';
import { normalized } from '../../../src/inference/expected.ts';
import { speechBounds } from '../../../src/simulator/loudness.ts';
import { YES_NO } from '../accuracy/phrase-lists.ts';
import { RecordingsError } from '../accuracy/recordings.ts';
import { MANIFEST, overTheLine, readManifest, type ManifestRow } from '../recordings.ts';
import { questionFor, type Question } from './questions.ts';

/** What a caller may say: not the prompts, machines and noises. A conversation has two speakers on one track. */
const SPOKEN = /^(utterance( \((call turn|disfluent\/odd voice|long)\))?|digit-sequence)$/;
/** Longer speech is cut into segments before it is transcribed, which is not what is measured here. */
const LONGEST_S = 16;
/** What a manifest says of several people at once: each of their clips counts as a speaker of its own. */
const SEVERAL_SPEAKERS = /unknown|not stated|sample|developer|contributor|^US English$|^$/;
/** Room kept around the speech, for the level of the room; the speech itself is found in it by its level. */
const MARGIN_MS = 200;

export interface SpokenClip {
  /** In the manifest. */
  readonly name: string;
  /** The manifest's own kind. */
  readonly group: string;
  /** Null where the manifest does not tell speakers apart. */
  readonly speaker: string | null;
  /** Who is taken to speak: the speaker, or the clip itself where they are not told apart. Folds are made by it. */
  readonly voice: string;
  readonly question: Question;
  /** 8 kHz, once through mu-law, with a little of the room around the speech. */
  readonly samples: Int16Array;
  /** The first and last sample of speech. */
  readonly speech: { readonly first: number; readonly last: number };
}

export interface SpokenClips {
  readonly clips: readonly SpokenClip[];
  /** Rows that are no caller's turn, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** @throws RecordingsError */
export function readSpokenClips(folder: string): SpokenClips {
  const manifest = readManifest(folder);
  const needed = ['path', 'kind', 'transcript'];
  const missing = needed.filter((name) => manifest?.columns.includes(name) !== true);
  if (manifest === null || missing.length > 0) {
    const found = manifest === null ? `no ${MANIFEST}` : `no column ${missing.join(' and ')} in ${MANIFEST}`;
    throw new RecordingsError(
      `${folder}: found ${found}, expected a tab-separated one whose first line names the columns ${needed.join(', ')}; also used: speaker_accent.`,
    );
  }
  const clips: SpokenClip[] = [];
  const leftOut: Record<string, number> = {};
  for (const row of manifest.rows) {
    const clip = toClip(folder, row);
    if (typeof clip === 'string') leftOut[clip] = (leftOut[clip] ?? 0) + 1;
    else clips.push(clip);
  }
  if (clips.length > 0) return { clips, leftOut };
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  throw new RecordingsError(`${folder}: no clip can be used: ${reasons.join(', ') || 'no rows'}.`);
}

/** The clip, or why there is none. */
function toClip(folder: string, row: ManifestRow): SpokenClip | string {
  const name = row('path');
  const group = row('kind');
  if (!SPOKEN.test(group)) return 'not a caller in English';
  const transcript = normalized(row('transcript'));
  const single = !transcript.includes(' ');
  if (single && !YES_NO.includes(transcript)) return 'single words that answer nothing';
  const file = join(folder, name);
  if (!existsSync(file)) return 'missing';
  const wav = parseWav(readFileSync(file));
  if (!wav.ok) return 'not readable as WAV';
  const whole = overTheLine(wav);
  // Without the margin first: a click far from the words is no speech, however loud it is.
  const words = speechSpan(whole, LINE_HZ, 0);
  const bounds = words === null ? null : speechBounds(whole.subarray(words.start, words.end));
  if (words === null || bounds === null) return 'without speech';
  const around = speechSpan(whole, LINE_HZ, MARGIN_MS) ?? words;
  if (around.end - around.start > LONGEST_S * LINE_HZ) return `longer than ${LONGEST_S} s`;
  const known = row('speaker_accent');
  const speaker = SEVERAL_SPEAKERS.test(known) ? null : known;
  const lead = words.start - around.start;
  return {
    name,
    group,
    speaker,
    // The manifest tells a speaker's manners behind the name.
    voice: speaker?.split(',')[0] ?? name,
    question: questionFor(name, group, transcript),
    samples: whole.slice(around.start, around.end),
    speech: { first: lead + bounds.first, last: lead + bounds.last },
  };
}
