// Every recording of the shared audio folder is read as its manifest describes it, and speech is found in it.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { speechSpan } from '../../src/audio/level.ts';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { resample } from '../../src/audio/resampler.ts';
import { pcm, type Hz } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';

const folder = fileURLToPath(new URL('../../../shared/audio/', import.meta.url));
const present = existsSync(`${folder}MANIFEST.tsv`);
if (!present) console.warn(`No recordings at ${folder}: the tests over recorded audio are left out.`);

interface Recording {
  readonly path: string;
  readonly kind: string;
  readonly seconds: number;
  readonly rate: number;
}

function recordings(): Recording[] {
  if (!present) return [];
  const [head, ...rows] = readFileSync(`${folder}MANIFEST.tsv`, 'utf8').trimEnd().split('\n');
  const names = head!.split('\t');
  return rows.map((row) => {
    const cells = row.split('\t');
    const cell = (name: string): string => cells[names.indexOf(name)]!;
    return {
      path: cell('path'),
      kind: cell('kind'),
      seconds: Number(cell('seconds')),
      rate: Number(cell('rate')),
    };
  });
}

const all = recordings();

describe.runIf(present)('the recordings', () => {
  it('are all read, with the rate and length that the manifest gives', () => {
    const wrong: string[] = [];
    for (const { path, seconds, rate } of all) {
      const wav = parseWav(readFileSync(folder + path));
      const length = wav.ok ? (wav.channels[0]?.length ?? 0) / wav.rate : 0;
      if (!wav.ok || wav.rate !== rate || Math.abs(length - seconds) > 0.01) wrong.push(path);
    }
    console.info(`${all.length} recordings read`);
    expect(all.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  }, 60_000);

  it('hold speech wherever somebody speaks, also through the telephone', () => {
    const spoken = all.filter(({ kind }) => kind.startsWith('utterance') || kind.startsWith('digit'));
    let kept = 0;
    let total = 0;
    const missed = spoken.filter(({ path }) => {
      const wav = parseWav(readFileSync(folder + path));
      if (!wav.ok) return true;
      const line = resample(pcm(wav.rate as Hz, wav.channels[0]!), 8000);
      const heard = decodeMulaw(encodeMulaw(line)).samples;
      const span = speechSpan(heard, 8000, 160);
      total += heard.length;
      if (span !== null) kept += span.end - span.start;
      return span === null;
    });
    console.info(
      `speech found in ${spoken.length - missed.length} of ${spoken.length}; ${((100 * kept) / total).toFixed(1)} % of the audio kept`,
    );
    expect(missed.length / spoken.length).toBeLessThan(0.02);
  }, 60_000);
});
