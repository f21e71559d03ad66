// Every recording of the shared audio folder is read as its manifest describes it, and speech is found in it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { speechSpan } from '../../src/audio/level.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { overTheLine, recordings } from '../support/recordings.ts';

const all = recordings();

describe.runIf(all.length > 0)('the recordings', () => {
  it('are all read, with the rate and length that the manifest gives', () => {
    const wrong: string[] = [];
    for (const { path, seconds, rate } of all) {
      const wav = parseWav(readFileSync(path));
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
    const missed = spoken.filter((recording) => {
      const heard = overTheLine(recording);
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
