// Sessions from the graph cache: the same outputs, a second open that reads it, and every broken entry built again.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession, type OpenedSession, type SessionRequest } from '../../src/inference/sessions.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const vad = (more: Partial<SessionRequest> = {}): Promise<OpenedSession> =>
  openSession({ model: 'sileroVad', device: 'cpu', threads: 1, cacheFolder: folder, ...more });
const entries = (): string[] => readdirSync(folder).sort();
const entry = (): string => {
  expect(entries()).toHaveLength(1);
  return join(folder, entries()[0]!);
};

/** Opened, run once, released. */
async function outcome(
  opening: Promise<OpenedSession>,
): Promise<{ probability: number; graph: string; notes: string[] }> {
  const { session, report } = await opening;
  const input = new Float32Array(288).map((_, i) => Math.sin(i / 9));
  const output = await session.run({
    input: new Tensor('float32', input, [1, 288]),
    state: new Tensor('float32', new Float32Array(256), [2, 1, 128]),
    sr: new Tensor('int64', BigInt64Array.of(8000n), []),
  });
  await session.release();
  const notes = report.notes.map(({ level, text }) => `${level}: ${text}`);
  return { probability: (output['output']!.data as Float32Array)[0]!, graph: report.graph, notes };
}

describe('a session', () => {
  it('is built once, then read from the cache, and gives the same', async () => {
    const first = await outcome(vad());
    const second = await outcome(vad());
    const without = await outcome(vad({ cacheFolder: null }));
    expect([first.graph, second.graph, without.graph]).toEqual(['built', 'cached', 'uncached']);
    expect(second.probability).toBe(first.probability);
    expect(without.probability).toBe(first.probability);
    expect([...first.notes, ...second.notes, ...without.notes]).toEqual([]);
    expect(entries()).toHaveLength(1);
  });
});
