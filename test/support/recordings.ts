// The shared recordings of real people and noises, where they are present beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { resample } from '../../src/audio/resampler.ts';
import { LINE_HZ, pcm, type Hz } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';

export const RECORDINGS = fileURLToPath(new URL('../../../shared/audio/', import.meta.url));
const hasRecordings = existsSync(join(RECORDINGS, 'MANIFEST.tsv'));

export interface Recording {
  readonly path: string;
  readonly kind: string;
  readonly transcript: string;
  readonly speaker: string;
  readonly seconds: number;
  readonly rate: number;
}

/** Empty, with a message, where the folder is missing. */
export function recordings(): readonly Recording[] {
  if (!hasRecordings) {
    console.warn(
      'No recordings beside the project (../shared/audio): the tests over recorded audio are left out.',
    );
    return [];
  }
  const [head = '', ...rows] = readFileSync(join(RECORDINGS, 'MANIFEST.tsv'), 'utf8').trimEnd().split('\n');
  const names = head.split('\t');
  return rows.map((row) => {
    const cells = row.split('\t');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    return {
      path: join(RECORDINGS, cell('path')),
      kind: cell('kind'),
      transcript: cell('transcript'),
      speaker: cell('speaker_accent'),
      seconds: Number(cell('seconds')),
      rate: Number(cell('rate')),
    };
  });
}

/** A recording as the server gets it: 8 kHz, once through mu-law. @throws Error for a file that is not a WAV file. */
export function overTheLine({ path }: Recording): Int16Array {
  const wav = parseWav(readFileSync(path));
  if (!wav.ok) throw new Error(`${path}: ${wav.message}`);
  const line = resample(pcm(wav.rate as Hz, wav.channels[0] ?? new Int16Array(0)), LINE_HZ);
  return decodeMulaw(encodeMulaw(line)).samples;
}
