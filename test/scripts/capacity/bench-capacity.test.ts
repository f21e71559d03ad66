// The benches as programs: a tiny run with real servers, Ctrl-C in the middle of a step, and wrong flags.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capacitySchema } from '../../../scripts/bench/capacity/figures.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const program = (name: string): string => join(ROOT, 'out', 'scripts', 'scripts', `${name}.js`);
let folder = '';
/** Without figures of an earlier run. */
let elsewhere = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  elsewhere = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  execFileSync(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(ROOT, 'scripts'),
  ]);
}, 180_000);
afterAll(() => {
  for (const one of [folder, elsewhere]) rmSync(one, { recursive: true, force: true });
});

/** Children and their children, by the parent that /proc names. */
function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the two readings.
    }
  }
  const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('bench:capacity', () => {
  it('measures two steps on both servers and writes figures and page', { timeout: 240_000 }, async () => {
    const json = join(folder, 'tiny', 'figures.json');
    const args = [
      '--calls',
      '1,2',
      '--step-s',
      '12',
      '--json',
      json,
      '--compare',
      'unshared',
      '--audio',
      folder,
    ];
    const child = spawn(process.execPath, [program('bench-capacity'), ...args], { cwd: folder });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code, output).toBe(0);
    const figures = capacitySchema.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(figures.load).toMatchObject({ callers: 'flite', stepS: 12 });
    expect(figures.interrupted).toBe(false);
    expect(figures.steps.map(({ calls }) => calls)).toEqual([1, 2]);
    expect(figures.unshared?.steps.map(({ calls }) => calls)).toEqual([1, 2]);
    for (const step of [...figures.steps, ...(figures.unshared?.steps ?? [])]) {
      expect(step).toMatchObject({ framesLost: 0, failedCalls: 0, connected: step.calls, problems: [] });
      expect(step.turns).toBeGreaterThan(0);
      expect(step.framesSent).toBeGreaterThan(step.calls * 300);
      expect(Object.keys(step.rssMb).sort()).toEqual(['server', 'simulator', 'stt', 'tts', 'vad']);
      expect(step.batchSize['vad']?.mean).toBeGreaterThanOrEqual(1);
    }
    expect(figures.unshared?.steps[1]?.batchSize['vad']?.mean).toBe(1);
    const beside = join(folder, 'out', 'bench');
    expect(JSON.parse(readFileSync(join(beside, 'capacity.json'), 'utf8'))).toEqual(figures);
    expect(readFileSync(join(beside, 'capacity.html'), 'utf8')).toContain('<svg');
    for (const step of figures.steps)
      expect(output).toMatch(new RegExp(`^ +${step.calls} +${step.turns} `, 'm'));
  });

  it('ends every process on Ctrl-C and writes what was measured', { timeout: 120_000 }, async () => {
    const json = join(folder, 'interrupted.json');
    const args = ['--calls', '1,2', '--step-s', '10', '--json', json, '--audio', folder];
    const child = spawn(process.execPath, [program('bench-capacity'), ...args], { cwd: folder });
    child.stderr.resume();
    const exited = once(child, 'exit') as Promise<[number | null]>;
    for await (const line of createInterface({ input: child.stdout })) {
      if (/^ +1 /.test(line)) break;
    }
    const processes = descendantsOf(child.pid!);
    // Server, three lanes, callers.
    expect(processes.length).toBeGreaterThanOrEqual(5);
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    expect(processes.filter(isAlive)).toEqual([]);
    const figures = capacitySchema.parse(JSON.parse(readFileSync(json, 'utf8')));
    expect(figures).toMatchObject({ interrupted: true, steps: [{ calls: 1 }] });
  });
});

describe('wrong words', () => {
  const run = (
    name: string,
    args: readonly string[],
  ): Promise<{ code: number; stderr: string; stdout: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [program(name), ...args], { cwd: elsewhere }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });

  it.each(['bench-capacity', 'bench-soak'])('%s exits with 2 and says what was expected', async (name) => {
    expect(await run(name, ['--calls', 'many'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--calls many: expected [\s\S]*Usage: npm run bench:/) as unknown,
    });
    expect(await run(name, ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: npm run bench:/) as unknown,
    });
  });

  it('a soak without a knee says where one comes from', async () => {
    expect(await run('bench-soak', ['--share', '0.5', '--json', join(elsewhere, 's.json')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/run npm run bench:capacity first, or give --calls/) as unknown,
    });
  });
});
