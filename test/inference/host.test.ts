// The whole host with the real models in their processes: warm at once, right words, mended after a kill, gone at the end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { pcm, type Pcm } from '../../src/audio/units.ts';
import { normalized } from '../../src/inference/expected.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import type { DetectorStream, VadVerdict } from '../../src/ports/speech-detector.ts';
import {
  codeOf,
  until,
  appointmentClip,
  hostWith,
  isAlive,
  storedProbabilities,
  windowsOf,
  type HostUnderTest,
} from '../support/inference.ts';

let tested: HostUnderTest;
let host: InferenceHost;
const clip = appointmentClip();
const never = new AbortController().signal;

beforeAll(async () => {
  tested = hostWith({ voices: ['slt', 'rms'], vadSlots: 16 });
  ({ host } = tested);
  await host.start();
});
afterAll(() => host.close());

async function spoken(text: string, voice = 'rms'): Promise<Pcm<8000>> {
  let audio = pcm(8000, new Int16Array(0));
  for await (const piece of host.synthesizer.speak({ text, voice, first: true }, never)) {
    audio = decodeMulaw(piece);
  }
  return audio;
}

const hear = (audio: Pcm<8000>, signal = never, expected: readonly string[] = []) =>
  host.transcriber.transcribe({ audio, priority: 'final', expected }, signal);

/** At most one window ahead of the verdicts, as a call pushes them. */
async function pushAll(
  stream: DetectorStream,
  verdicts: readonly VadVerdict[],
  windows: readonly Int16Array[],
): Promise<void> {
  for (const window of windows) {
    const before = verdicts.length;
    stream.push(window);
    await until(() => verdicts.length > before);
  }
}

describe('the inference host', () => {
  it('is warm when it says so', async () => {
    const { ready, reasons, warmupMs, firstInferenceMs, lanes } = host.status();
    expect({ ready, reasons }).toEqual({ ready: true, reasons: [] });
    expect(Object.keys(lanes)).toEqual(['vad', 'stt', 'tts']);
    expect(warmupMs).toBeGreaterThan(0);
    const times: number[] = [];
    const sentence = await spoken('Hello, I would like to book an appointment.', 'slt');
    for (let i = 0; i < 10; i += 1) {
      const begun = performance.now();
      await hear(sentence);
      times.push(performance.now() - begun);
    }
    // As fast as later ones: the margin is for a busy machine, an unwarmed lane would be ten times slower.
    expect(firstInferenceMs).toBeLessThan(3 * Math.max(...times) + 50);
  });

  it('logs every warm-up step, the same seven audio lengths twice', () => {
    const steps = tested.logger
      .of('lane is warm')
      .filter(({ fields }) => fields['lane'] === 'stt')
      .flatMap(({ fields }) => fields['warmup'] as { name: string }[]);
    const seconds = [0.8, 1, 2, 4, 8, 15, 30];
    const names = [1, 2].flatMap((round) => seconds.map((length) => `${length} s, round ${round}`));
    expect(steps.map(({ name }) => name)).toEqual(names);
  });

  it('hears what it speaks', async () => {
    const { text, matched, waitMs, inferMs } = await hear(await spoken('Can you call me on Monday?'));
    expect(normalized(text)).toBe('can you call me on monday');
    expect(matched).toBeNull();
    expect(waitMs).toBeGreaterThanOrEqual(0);
    expect(inferMs).toBeGreaterThan(1);
    expect(await hear(await spoken('No.'), never, ['yes', 'no'])).toMatchObject({
      text: 'no',
      matched: 'no',
    });
  });

  it('gives each of several calls the stored probabilities, at the same time, after a reset too', async () => {
    const windows = windowsOf(clip.samples).slice(0, 60);
    const calls = Array.from({ length: 5 }, () => {
      const verdicts: VadVerdict[] = [];
      return { verdicts, stream: host.detector.open((verdict) => verdicts.push(verdict)) };
    });
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(calls.map(({ stream, verdicts }) => pushAll(stream, verdicts, windows)));
      for (const { stream } of calls) stream.reset();
    }
    for (const { verdicts, stream } of calls) {
      stream.close();
      expect(verdicts.map(({ index }) => index)).toEqual([...Array(120).keys()]);
      verdicts.forEach(({ probability }, i) => {
        expect(Math.abs(probability - storedProbabilities()[i % 60]!)).toBeLessThan(1e-3);
      });
    }
    const batches = tested.meter.observations.filter(({ key }) => key === 'lane_batch_size{vad}');
    expect(Math.max(...batches.map(({ value }) => value))).toBe(5);
  });

  it('refuses what the models cannot take', async () => {
    expect(await codeOf(hear(pcm(8000, new Int16Array(8_000 * 31))))).toBe('bad-audio');
    expect(await codeOf(spoken('Hello.', 'nobody'))).toBe('responder-failed');
    expect(await codeOf(spoken('x'.repeat(1_001)))).toBe('responder-failed');
    expect((await spoken('...')).samples).toHaveLength(0);
  });

  it('cancels a running and a waiting request at once, and stays usable', async () => {
    const controllers = [new AbortController(), new AbortController()];
    const outcomes = controllers.map(({ signal }) => codeOf(hear(clip, signal)));
    for (const controller of controllers) controller.abort();
    expect(await Promise.all(outcomes)).toEqual(['cancelled', 'cancelled']);
    expect(normalized((await hear(clip)).text)).toBe('i would like to book an appointment');
  });

  it('replaces a killed speech-to-text lane while the other lanes go on', async () => {
    const pid = host.status().lanes.stt!.pid!;
    const pending = codeOf(hear(clip));
    process.kill(pid, 'SIGKILL');
    expect(await pending).toBe('lane-crashed');
    expect(host.status()).toMatchObject({ ready: false, reasons: ['the stt lane is being replaced'] });
    expect(await codeOf(hear(clip))).toBe('lane-unavailable');
    expect((await spoken('We are still here.')).samples.length).toBeGreaterThan(4_000);
    await until(() => host.status().ready);
    expect(normalized((await hear(clip)).text)).toBe('i would like to book an appointment');
    expect(host.status().lanes.stt!.restarts).toBe(1);
  }, 60_000);

  it('keeps detector streams over a killed lane: fresh state, indexes that go on', async () => {
    const windows = windowsOf(clip.samples);
    const verdicts: VadVerdict[] = [];
    const stream = host.detector.open((verdict) => verdicts.push(verdict));
    await pushAll(stream, verdicts, windows.slice(0, 40));
    process.kill(host.status().lanes.vad!.pid!, 'SIGKILL');
    await until(() => !host.status().ready);
    await until(() => host.status().ready);
    verdicts.length = 0;
    await pushAll(stream, verdicts, windows);
    stream.close();
    expect(verdicts.map(({ index }) => index)).toEqual(windows.map((_, i) => i + 40));
    verdicts.forEach(({ probability }, i) => {
      expect(Math.abs(probability - storedProbabilities()[i]!)).toBeLessThan(1e-3);
    });
  }, 60_000);

  it('leaves no process behind, and may be closed twice', async () => {
    const pids = Object.values(host.status().lanes).map(({ pid }) => pid!);
    expect(pids.every(isAlive)).toBe(true);
    const pending = codeOf(hear(clip));
    await Promise.all([host.close(), host.close()]);
    expect(pids.some(isAlive)).toBe(false);
    expect(await pending).toBe('lane-unavailable');
    expect(host.status().ready).toBe(false);
    expect(await codeOf(hear(clip))).toBe('lane-unavailable');
  });
});
