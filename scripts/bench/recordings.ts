// Folders of recordings with a MANIFEST.tsv: its rows, and its files as a telephone line would bring them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { resample } from '../../src/audio/resampler.ts';
import { LINE_HZ, pcm, type Hz } from '../../src/audio/units.ts';
import { parseWav, type WavResult } from '../../src/audio/wav.ts';

export const MANIFEST = 'MANIFEST.tsv';

/** The cell of a column; empty where the row or the manifest has none. */
export type ManifestRow = (column: string) => string;

export interface Manifest {
  readonly columns: readonly string[];
  readonly rows: readonly ManifestRow[];
}

/** Tab-separated, its first line naming the columns; null where the folder has none. */
export function readManifest(folder: string): Manifest | null {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) return null;
  const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const columns = head.split('\t');
  const rows = lines.map((line): ManifestRow => {
    const cells = line.split('\t');
    return (column) => cells[columns.indexOf(column)] ?? '';
  });
  return { columns, rows };
}

/** The first channel at 8 kHz, once through mu-law. */
export function overTheLine(wav: Extract<WavResult, { ok: true }>): Int16Array {
  const line = resample(pcm(wav.rate as Hz, wav.channels[0] ?? new Int16Array(0)), LINE_HZ);
  return decodeMulaw(encodeMulaw(line)).samples;
}

/** @throws Error for a file that is not a WAV file. */
export function fileOverTheLine(file: string): Int16Array {
  const wav = parseWav(readFileSync(file));
  if (!wav.ok) throw new Error(`${file}: ${wav.message}`);
  return overTheLine(wav);
}
