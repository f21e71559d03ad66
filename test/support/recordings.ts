// The shared recordings of real people and noises, where they are present beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RECORDINGS = fileURLToPath(new URL('../../../shared/audio/', import.meta.url));
export const hasRecordings = existsSync(join(RECORDINGS, 'MANIFEST.tsv'));

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
