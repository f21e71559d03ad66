// The filling of the cache before the first call: bounded in time, patient with a lane that is down, gone with the host.
import { beforeEach, describe, expect, it } from 'vitest';
import { mulaw8k, type Mulaw8k } from '../../src/audio/units.ts';
import type { TtsJob } from '../../src/inference/messages.ts';
import { PromptFill } from '../../src/inference/prompt-fill.ts';
import { SpeechCache, type ClauseSource } from '../../src/inference/speech-cache.ts';
import { StoredPrompts } from '../../src/inference/stored-prompts.ts';
import { CallError } from '../../src/ports/errors.ts';
import { settled } from '../support/inference.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';

/** Takes 100 ms for each clause, or fails as it is told. */
class SlowSource implements ClauseSource {
  readonly asked: string[] = [];
  failWith: (text: string) => Error | null = () => null;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  speak({ text }: TtsJob, _: unknown, signal: AbortSignal): Promise<Mulaw8k> {
    this.asked.push(text);
    const error = this.failWith(text);
    if (error !== null) return Promise.reject(error);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(100 as never, () => {
        resolve(mulaw8k(new Uint8Array(800)));
      });
      signal.addEventListener('abort', () => {
        cancel();
        reject(new CallError('cancelled', 'by the cache'));
      });
    });
  }
}

let clock: ManualClock;
let source: SlowSource;
let logger: RecordingLogger;
let meter: RecordingMeter;
let cache: SpeechCache;
beforeEach(() => {
  clock = new ManualClock();
  source = new SlowSource(clock);
  logger = new RecordingLogger();
  meter = new RecordingMeter();
  cache = new SpeechCache(source, 100_000, meter);
});

function fillWith(texts: readonly string[], capacityBytes = 100_000): PromptFill {
  cache = new SpeechCache(source, capacityBytes, meter);
  const stored = new StoredPrompts({ source, logger, folder: null, maxBytes: capacityBytes });
  return new PromptFill(() => texts.map((text) => ({ text, voice: 'slt' })), {
    cache,
    stored,
    clock,
    logger,
  });
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await settled();
    await settled();
  }
}

async function isOver(promise: Promise<void>): Promise<boolean> {
  const seen = { over: false };
  void promise.then(() => (seen.over = true));
  await settled();
  return seen.over;
}

async function isReady(text: string): Promise<boolean> {
  const before = source.asked.length;
  void cache
    .speak({ text, voice: 'slt' }, 'first-clause', AbortSignal.timeout(10_000))
    .catch(() => undefined);
  await settled();
  return source.asked.length === before;
}

describe('the filling of the speech cache', () => {
  it('makes each prompt once, as the synthesizer asks for it, before it is over', async () => {
    const fill = fillWith(['It’s us.', '...', 'Yes.', "It's us."]);
    fill.begin();
    const ready = fill.whenReady();
    await pass(150);
    expect(await isOver(ready)).toBe(false);
    await pass(100);
    expect(await isOver(ready)).toBe(true);
    expect(source.asked).toEqual(["It's us.", 'Yes.']);
    expect(await isReady("It's us.")).toBe(true);
    expect(logger.of('prompts are ready')[0]?.fields).toMatchObject({ prompts: 2, ready: 2, fromDisk: 0 });
    expect(clock.pending).toBe(0);
    expect(meter.counts.get('speech_cache{miss}')).toBeUndefined();
  });

  it('does not hold up the start beyond its limit, and goes on behind it', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `Prompt ${index}.`);
    const fill = fillWith(texts, 200_000);
    fill.begin();
    const ready = fill.whenReady();
    await pass(2_900);
    expect(await isOver(ready)).toBe(false);
    await pass(150);
    expect(await isOver(ready)).toBe(true);
    const [line] = logger.of('prompts take long, the rest is made in the background');
    expect(line?.fields).toMatchObject({ prompts: 50, limitMs: 3_000 });
    expect(await isReady('Prompt 49.')).toBe(false);
    await pass(5_000);
    expect(source.asked).toHaveLength(50);
    expect(logger.of('prompts are ready')).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('waits for a lane that is being replaced', async () => {
    source.failWith = () => new CallError('lane-unavailable', 'not ready');
    const fill = fillWith(['One.', 'Two.']);
    fill.begin();
    await pass(1_200);
    source.failWith = () => null;
    await pass(1_000);
    expect(logger.of('prompts are ready')[0]?.fields).toMatchObject({ ready: 2 });
    await fill.close();
  });

  it('passes over a prompt that may have killed the lane', async () => {
    source.failWith = (text) => (text === 'Two.' ? new CallError('lane-crashed', 'gone') : null);
    const fill = fillWith(['One.', 'Two.', 'Three.']);
    fill.begin();
    await pass(500);
    expect(source.asked).toEqual(['One.', 'Two.', 'Three.']);
    expect(logger.of('prompts are ready')[0]?.fields).toMatchObject({ prompts: 3, ready: 2 });
  });

  it('stops where there is no more room', async () => {
    const fill = fillWith(['One.', 'Two.', 'Three.', 'Four.'], 4_500);
    fill.begin();
    await pass(1_000);
    expect(source.asked).toEqual(['One.', 'Two.', 'Three.']);
    expect(logger.of('no more room for prompts')).toHaveLength(1);
    expect(cache.bytes).toBeLessThanOrEqual(4_500);
  });

  it('leaves no timer and no request behind when the host closes', async () => {
    for (const passing of [true, false]) {
      source.failWith = () => (passing ? new CallError('lane-unavailable', 'not ready') : null);
      const fill = fillWith(['One.', 'Two.']);
      fill.begin();
      await pass(50);
      await fill.close();
      expect(clock.pending).toBe(0);
    }
    expect(logger.of('a prompt cannot be made ready')).toEqual([]);
    expect(logger.of('prompts are ready')).toEqual([]);
  });

  it('is over at once without prompts', async () => {
    const fill = fillWith([]);
    fill.begin();
    await fill.whenReady();
    await fill.close();
    expect(clock.pending).toBe(0);
  });
});
