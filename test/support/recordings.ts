// The shared recordings of real people and noises, where they are present beside the project.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOverTheLine, readManifest } from '../../scripts/bench/recordings.ts';

export const RECORDINGS = fileURLToPath(new URL('../../../shared/audio/', import.meta.url));

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
  const manifest = readManifest(RECORDINGS);
  if (manifest === null) {
    console.warn(
      'No recordings beside the project (../shared/audio): the tests over recorded audio are left out.',
    );
    return [];
  }
  return manifest.rows.map((cell) => ({
    path: join(RECORDINGS, cell('path')),
    kind: cell('kind'),
    transcript: cell('transcript'),
    speaker: cell('speaker_accent'),
    seconds: Number(cell('seconds')),
    rate: Number(cell('rate')),
  }));
}

/** A recording as the server gets it: 8 kHz, once through mu-law. @throws Error for a file that is not a WAV file. */
export function overTheLine({ path }: Recording): Int16Array {
  return fileOverTheLine(path);
}
