// What the doctor concludes from what it found, and how it says it.
import { describe, expect, it } from 'vitest';
import type { BrokenLane, WorkingLane } from '../../src/commands/doctor-lanes.ts';
import { printReport, report, type Examined, type Finding } from '../../src/commands/doctor-report.ts';

const lane = (more: Partial<WorkingLane> = {}): WorkingLane => ({
  lane: 'stt',
  ok: true,
  loadMs: 400,
  warmupMs: 1_200,
  inferenceMs: 110,
  inference: '2.7 s heard: "Hello."',
  memoryMb: 500,
  models: [
    { model: 'moonshineEncoder', transform: null, device: 'cpu', graph: 'cached', loadMs: 80, notes: [] },
    { model: 'moonshineDecoder', transform: 'split', device: 'cuda', graph: 'built', loadMs: 300, notes: [] },
  ],
  ...more,
});

const good: Examined = {
  machine: {
    node: '20.19.0',
    system: 'linux 6.1, x64',
    processor: 'a processor',
    cores: 4,
    memoryMb: 8_000,
    freeMemoryMb: 6_000,
    instructions: ['sse4_2', 'avx2', 'avx_vnni'],
  },
  runtime: { onnxRuntime: '1.30.0', cudaObstacle: null },
  cache: { folder: '/cache', graphs: 3, megabytes: 120 },
  settings: {
    device: 'auto',
    calls: 16,
    vadSlots: 64,
    sttProcesses: 1,
    sttThreads: 1,
    voices: ['slt'],
    memoryNeedMb: 1_000,
  },
  lanes: [lane()],
  models: [],
};

const broken: BrokenLane = { lane: 'vad', ok: false, error: 'Missing it: install it@1' };

const findingsOf = (examined: Examined, environment: readonly Finding[] = []): readonly string[] =>
  report(examined, environment).findings.map(({ level, text }) => `${level}: ${text}`);
const machine = (more: Partial<Examined['machine']>): Examined => ({
  ...good,
  machine: { ...good.machine, ...more },
});

describe('the report', () => {
  it('has nothing to say of a machine that has everything', () => {
    expect(findingsOf(good)).toEqual([]);
    expect(report(good, []).healthy).toBe(true);
  });

  it.each([
    ['one core', machine({ cores: 1 }), /^weak: one core/],
    ['no AVX2', machine({ instructions: ['sse4_2', 'avx'] }), /^weak: no AVX2/],
    ['no VNNI', machine({ instructions: ['sse4_2', 'avx2'] }), /^hint: no VNNI/],
    [
      'little free memory',
      machine({ freeMemoryMb: 900 }),
      /^weak: 16 calls need about 1000 MB and 900 are free/,
    ],
    [
      'no cache',
      { ...good, cache: { folder: null, graphs: 0, megabytes: 0 } },
      /^hint: .*cacheFolder is off/,
    ],
    [
      'a slow lane',
      { ...good, lanes: [lane({ inferenceMs: 1_400 })] },
      /^weak: the stt lane took 1400 ms where 1000/,
    ],
  ])('finds %s, and stays healthy', (_, examined, text) => {
    expect(findingsOf(examined)).toEqual([expect.stringMatching(text)]);
    expect(report(examined, []).healthy).toBe(true);
  });

  it.each([
    [
      'too little memory',
      machine({ memoryMb: 900, freeMemoryMb: 800 }),
      /^broken: 16 calls need about 1000 MB/,
    ],
    [
      'a lane that does not start',
      { ...good, lanes: [broken] },
      /^broken: the vad lane does not start: Missing it: install it@1$/,
    ],
  ])('finds %s, which is broken', (_, examined, text) => {
    expect(findingsOf(examined)).toEqual([expect.stringMatching(text)]);
    expect(report(examined, []).healthy).toBe(false);
  });

  it('does not judge instructions that the system does not list', () => {
    expect(findingsOf(machine({ instructions: null }))).toEqual([]);
  });

  it('says a note of several files once, and what is wrong in the environment', () => {
    const note = { level: 'warn', text: 'it runs on the CPU' } as const;
    const models = lane().models.map((model) => ({ ...model, notes: [note] }));
    const wrong = { level: 'broken', text: 'environment: PORT: found "x"' } as const;
    expect(findingsOf({ ...good, lanes: [lane({ models })] }, [wrong])).toEqual([
      'weak: it runs on the CPU',
      'broken: environment: PORT: found "x"',
    ]);
  });

  it('prints every model and lane in columns', () => {
    const lines: string[] = [];
    printReport(report(good, []), (line) => lines.push(line));
    expect(lines).toContain('moonshineEncoder          cpu      cached  80 ms');
    expect(lines).toContain('moonshineDecoder (split)  cuda     built   300 ms');
    expect(lines).toContain('stt   400 ms  1200 ms  500 MB  110 ms, 2.7 s heard: "Hello."');
    expect(lines.at(-1)).toBe('Healthy.');
  });
});
