// Where a model runs: what is asked for, what is there, and what is said when the two differ.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { cudaFailure, cudaObstacle, type CudaParts, type DeviceSetting } from '../../src/inference/device.ts';
import { openSession, type OpenedSession } from '../../src/inference/sessions.ts';
import { SetupError } from '../../src/inference/setup-error.ts';

// The failures are what is tested; ONNX Runtime prints each of them.
env.logLevel = 'fatal';

const folder = mkdtempSync(join(tmpdir(), 'parley-device-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const here = (name: string): string => join(folder, name);
mkdirSync(here('with'));
mkdirSync(here('without'));
for (const library of ['shared', 'cuda']) {
  writeFileSync(join(here('with'), `libonnxruntime_providers_${library}.so`), 'no library');
}
writeFileSync(here('nvidiactl'), '');

const nothing: CudaParts = { runtimeFolder: here('without'), deviceFiles: [here('nothing')] };
const libraries: CudaParts = { runtimeFolder: here('with'), deviceFiles: [here('nothing')] };
/** Everything seems to be there, so only ONNX Runtime, which has no such provider, can tell. */
const both: CudaParts = { runtimeFolder: here('with'), deviceFiles: [here('nothing'), here('nvidiactl')] };

const open = (device: DeviceSetting, parts: CudaParts): Promise<OpenedSession> =>
  openSession({ model: 'sileroVad', device, threads: 1, cacheFolder: null }, parts);

const onLinux = process.platform === 'linux' && process.arch === 'x64';

describe.runIf(onLinux)('the device', () => {
  it('is the CPU where that is asked for, without a word', async () => {
    const { session, report } = await open('cpu', both);
    await session.release();
    expect(report).toMatchObject({ device: 'cpu', notes: [] });
  });

  it('is the CPU by itself where nothing else is there, and it is said why', async () => {
    for (const [parts, why] of [
      [nothing, /libonnxruntime_providers_shared.so is not installed: run "ONNXRUNTIME_NODE_INSTALL=true/],
      [libraries, /no NVIDIA device is visible: found none of .*nothing/],
    ] as const) {
      const { session, report } = await open('auto', parts);
      await session.release();
      expect(report.device).toBe('cpu');
      expect(report.notes).toEqual([{ level: 'info', text: expect.stringMatching(why) as string }]);
    }
  });

  it('is the CPU by itself where CUDA does not work, with a warning', async () => {
    const { session, report } = await open('auto', both);
    await session.release();
    expect(report.device).toBe('cpu');
    expect(report.notes).toEqual([
      { level: 'warn', text: expect.stringContaining('install CUDA 12.x and cuDNN 9.x; "ldd ') as string },
    ]);
  });

  it('is never the CPU where cuda is asked for', async () => {
    for (const parts of [nothing, libraries, both]) {
      const error: unknown = await open('cuda', parts).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SetupError);
      expect(error).toMatchObject({ fault: 'device-unavailable' });
      expect((error as Error).message).toMatch(
        /^inference.device: found cuda, but the Silero voice activity model cannot run there: .+; or set inference.device to auto or cpu$/,
      );
    }
  });

  it('has no obstacle that can be seen when libraries and a device are there', () => {
    expect(cudaObstacle(both)).toBeNull();
  });

  it('names operators that CUDA does not have, from what ONNX Runtime says of them', async () => {
    const opening = openSession({
      model: 'sileroVad',
      device: 'cpu',
      threads: 1,
      cacheFolder: null,
      configuration: { 'session.disable_cpu_ep_fallback': '1' },
    });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(cudaFailure(error, both)).toBe(
      'it has operators without a CUDA kernel, as dynamically quantized 8-bit models have',
    );
  });
});
