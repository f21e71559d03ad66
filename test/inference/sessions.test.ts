// Sessions through the graph cache: the same outputs as without it, and every broken entry is built again.
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMoonshine } from '../../src/inference/moonshine/load.ts';
import { openSession, type OpenedSession, type SessionRequest } from '../../src/inference/sessions.ts';
import { hostWith } from '../support/inference.ts';
import { noise } from '../support/tones.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const vad = (more: Partial<SessionRequest> = {}): Promise<OpenedSession> =>
  openSession({ model: 'sileroVad', device: 'cpu', threads: 1, cacheFolder: folder, ...more });
const inFolder = (): string[] => readdirSync(folder).sort();

/** The path of the only entry. */
function entry(): string {
  expect(inFolder()).toHaveLength(1);
  return join(folder, inFolder()[0]!);
}

interface Outcome {
  readonly probability: number;
  readonly graph: string;
  readonly notes: readonly string[];
}

/** Opened, run once, released. */
async function outcome(opening: Promise<OpenedSession>): Promise<Outcome> {
  const { session, report } = await opening;
  const input = new Float32Array(288).map((_, i) => Math.sin(i / 9));
  const output = await session.run({
    input: new Tensor('float32', input, [1, 288]),
    state: new Tensor('float32', new Float32Array(256), [2, 1, 128]),
    sr: new Tensor('int64', BigInt64Array.of(8000n), []),
  });
  await session.release();
  const notes = report.notes.map(({ level, text }) => `${level}: ${text.replaceAll(folder, 'FOLDER')}`);
  return { probability: (output['output']!.data as Float32Array)[0]!, graph: report.graph, notes };
}

describe('the graph cache', () => {
  it('is filled by the first start and read by the second, with the same output as without it', async () => {
    const without = await outcome(vad({ cacheFolder: null }));
    const first = await outcome(vad());
    const second = await outcome(vad());
    expect([without.graph, first.graph, second.graph]).toEqual(['uncached', 'built', 'cached']);
    expect([first.probability, second.probability]).toEqual([without.probability, without.probability]);
    expect([...without.notes, ...first.notes, ...second.notes]).toEqual([]);
    expect(inFolder()).toHaveLength(1);
  });

  it('gives the same speech to text, token by token, with the options that Moonshine needs', async () => {
    const results = [];
    for (const cacheFolder of [null, folder, folder]) {
      const { moonshine, models } = await loadMoonshine({ threads: 1, device: 'cpu', cacheFolder });
      const samples = Float32Array.from(noise(16_000, 8_000), (sample) => sample / 32_768);
      const speech = await moonshine.encode(samples);
      const [hypothesis] = await moonshine.decode([{ speech, maxTokens: 6, untilLimit: true }]);
      const scores = await moonshine.score(speech, [[3869, 29_889], [1939]]);
      await moonshine.release();
      results.push({ hypothesis, scores, graphs: models.map(({ graph }) => graph) });
    }
    const [without, built, cached] = results;
    expect(results.map(({ graphs }) => graphs[1])).toEqual(['uncached', 'built', 'cached']);
    expect(built!.hypothesis).toEqual(without!.hypothesis);
    expect(cached!.hypothesis).toEqual(without!.hypothesis);
    expect(cached!.scores).toEqual(without!.scores);
  }, 60_000);

  it.each([
    [
      'cut',
      (path: string) => {
        truncateSync(path, 1_000_000);
      },
    ],
    [
      'empty',
      (path: string) => {
        truncateSync(path, 0);
      },
    ],
    [
      'changed in one byte',
      (path: string) => {
        writeFileSync(path, flipped(readFileSync(path)));
      },
    ],
    [
      'not a graph at all',
      (path: string) => {
        writeFileSync(path, 'hello');
      },
    ],
  ])('builds an entry again that is %s, and says so', async (_, damage) => {
    const good = await outcome(vad());
    const path = entry();
    damage(path);
    const again = await outcome(vad());
    expect(again).toMatchObject({ graph: 'built', probability: good.probability });
    expect(again.notes).toEqual([
      expect.stringMatching(/^warn: the cached graph FOLDER\S+ is removed: its content is not what was/),
    ]);
    expect((await outcome(vad())).graph).toBe('cached');
  });

  it('builds an entry again whose content was stored broken', async () => {
    const good = await outcome(vad());
    const path = entry();
    truncateSync(path, 1_000_000);
    const [name, key] = path.split('/').at(-1)!.split('.') as [string, string];
    const digest = createHash('sha256').update(key).update(readFileSync(path)).digest('hex');
    renameSync(path, join(folder, `${name}.${key}.${digest}.ort`));
    const again = await outcome(vad());
    expect(again).toMatchObject({ graph: 'built', probability: good.probability });
    expect(again.notes).toHaveLength(1);
  });

  it('does not take an entry for another one', async () => {
    await outcome(vad());
    const first = entry();
    await outcome(vad({ configuration: { 'session.disable_quant_qdq': '1' } }));
    const second = inFolder().find((file) => !first.endsWith(file))!;
    copyFileSync(first, join(folder, second));
    const again = await outcome(vad({ configuration: { 'session.disable_quant_qdq': '1' } }));
    expect(again).toMatchObject({ graph: 'built', notes: [expect.stringContaining('is removed')] });
  });

  it('has entries of their own for a rewrite, which runs once', async () => {
    let applied = 0;
    const transform = {
      name: 'same-again',
      apply: (bytes: Uint8Array): Uint8Array => {
        applied += 1;
        return bytes;
      },
    };
    const graphs = [];
    for (let start = 0; start < 2; start += 1) graphs.push((await outcome(vad({ transform }))).graph);
    expect(graphs).toEqual(['built', 'cached']);
    expect(applied).toBe(1);
    expect((await outcome(vad())).graph).toBe('built');
    expect(inFolder().map((file) => file.split('.')[0])).toEqual(['sileroVad-same-again', 'sileroVad']);
    expect((await outcome(vad({ transform, cacheFolder: null }))).graph).toBe('uncached');
  });

  it('survives processes that start at the same moment, and leaves nothing unfinished', async () => {
    const hosts = Array.from({ length: 3 }, () => hostWith({ lanes: ['vad'], cacheFolder: folder }).host);
    await Promise.all(hosts.map((host) => host.start()));
    const models = hosts.flatMap((host) => host.status().lanes.vad!.models);
    await Promise.all(hosts.map((host) => host.close()));
    expect(models.map(({ graph }) => graph)).toHaveLength(3);
    for (const { graph, notes } of models) {
      expect(['built', 'cached']).toContain(graph);
      expect(notes).toEqual([]);
    }
    expect(inFolder().filter((file) => !file.endsWith('.ort'))).toEqual([]);
    expect((await outcome(vad())).graph).toBe('cached');
  });

  it('keeps two entries of a model, none that was unused for a month, and nothing of abandoned starts', async () => {
    const other = join(folder, 'notes.txt');
    writeFileSync(other, 'not ours');
    const aged = (file: string, days: number): void => {
      writeFileSync(join(folder, file), 'old');
      const then = new Date(Date.now() - days * 86_400_000);
      utimesSync(join(folder, file), then, then);
    };
    const old = (model: string, key: string): string => `${model}.${key.repeat(16)}.${'0'.repeat(64)}.ort`;
    aged(old('sileroVad', 'a'), 1);
    aged(old('sileroVad', 'b'), 2);
    aged(old('moonshineDecoder', 'a'), 29);
    aged(old('moonshineDecoder', 'b'), 31);
    aged(`sileroVad.${'c'.repeat(16)}.unfinished-0123ab`, 1);
    await outcome(vad());
    const mine = inFolder().find((file) => /^sileroVad\.(?!a{16}|b{16})/.test(file))!;
    expect(inFolder()).toEqual(
      ['notes.txt', old('moonshineDecoder', 'a'), old('sileroVad', 'a'), mine].sort(),
    );
  });

  it('is done without where its folder cannot be, with a warning', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const found = await outcome(vad({ cacheFolder: join(file, 'cache') }));
    expect(found.graph).toBe('uncached');
    expect(found.notes).toEqual([
      expect.stringMatching(/^warn: graphs are not cached in FOLDER\/file\/cache: ENOTDIR/),
    ]);
  });
});

function flipped(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  bytes[middle]! ^= 1;
  return bytes;
}
