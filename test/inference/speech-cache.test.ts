// Ready speech: hits, misses, one synthesis for several calls, and cancellation that never reaches a neighbour.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { mulaw8k, type Mulaw8k } from '../../src/audio/units.ts';
import type { TtsJob } from '../../src/inference/messages.ts';
import type { SpeechPriority } from '../../src/inference/priority.ts';
import { SpeechCache, type ClauseSource } from '../../src/inference/speech-cache.ts';
import { CallError } from '../../src/ports/errors.ts';
import { settled } from '../support/inference.ts';
import { RecordingMeter } from '../support/recorded-telemetry.ts';

interface Order {
  readonly name: string;
  readonly priority: SpeechPriority;
  readonly answer: (audio: Mulaw8k) => void;
  readonly fail: (error: Error) => void;
  cancelled: boolean;
  over: boolean;
}

/** A lane whose orders wait until the test answers them. */
class PaperSource implements ClauseSource {
  readonly orders: Order[] = [];

  speak({ text, voice }: TtsJob, priority: SpeechPriority, signal: AbortSignal): Promise<Mulaw8k> {
    return new Promise((resolve, reject) => {
      const order: Order = {
        name: `${voice}: ${text}`,
        priority,
        answer: (audio) => {
          order.over = true;
          resolve(audio);
        },
        fail: (error) => {
          order.over = true;
          reject(error);
        },
        cancelled: false,
        over: false,
      };
      signal.addEventListener('abort', () => {
        if (order.over) return;
        order.cancelled = true;
        order.fail(new CallError('cancelled', 'by the cache'));
      });
      this.orders.push(order);
    });
  }

  get waiting(): readonly Order[] {
    return this.orders.filter(({ over }) => !over);
  }
}

/** Bytes that tell which clause they are. */
const audioOf = (name: string, length = 400): Mulaw8k =>
  mulaw8k(
    new Uint8Array(length).fill(Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0)),
  );

let source: PaperSource;
let meter: RecordingMeter;
let cache: SpeechCache;
beforeEach(() => {
  source = new PaperSource();
  meter = new RecordingMeter();
  cache = new SpeechCache(source, 100_000, meter);
});

interface Asked {
  outcome: string;
  audio: Mulaw8k | null;
  readonly cancel: () => void;
}

function ask(text: string, priority: SpeechPriority = 'first-clause', voice = 'slt'): Asked {
  const controller = new AbortController();
  const asked: Asked = {
    outcome: 'waiting',
    audio: null,
    cancel: () => {
      controller.abort();
    },
  };
  cache.speak({ text, voice }, priority, controller.signal).then(
    (audio) => {
      asked.outcome = 'done';
      asked.audio = audio;
    },
    (error: unknown) => (asked.outcome = error instanceof CallError ? error.code : String(error)),
  );
  return asked;
}

async function answerAll(): Promise<void> {
  for (const order of source.waiting) order.answer(audioOf(order.name));
  await settled();
}

const counted = (): number[] =>
  ['hit', 'shared', 'miss'].map((result) => meter.counts.get(`speech_cache{${result}}`) ?? 0);

describe('the speech cache', () => {
  it('has a clause made once and gives the same bytes ever after', async () => {
    const first = ask('Hello.');
    await answerAll();
    const again = ask('Hello.', 'later-clause');
    await settled();
    expect(again.audio).toEqual(audioOf('slt: Hello.'));
    expect(again.audio).toBe(first.audio);
    expect(source.orders).toHaveLength(1);
    expect(counted()).toEqual([1, 0, 1]);
    expect(meter.gauges.get('speech_cache_bytes')).toBe(cache.bytes);
  });

  it('does not mix voices, or texts', async () => {
    const asked = [ask('a', 'first-clause', 'slt'), ask('a', 'first-clause', 'rms'), ask('b')];
    await answerAll();
    expect(asked.map(({ audio }) => audio)).toEqual(
      ['slt: a', 'rms: a', 'slt: b'].map((name) => audioOf(name)),
    );
    expect(counted()).toEqual([0, 0, 3]);
  });

  it('makes a clause once for all who ask at the same time', async () => {
    const asked = Array.from({ length: 5 }, () => ask('Hello.'));
    await answerAll();
    expect(source.orders).toHaveLength(1);
    expect(asked.map(({ outcome }) => outcome)).toEqual(Array(5).fill('done'));
    expect(counted()).toEqual([0, 4, 1]);
  });

  it('goes on for the others when the one who asked first is gone', async () => {
    const [first, second] = [ask('Hello.'), ask('Hello.')];
    first.cancel();
    await settled();
    expect([first.outcome, second.outcome]).toEqual(['cancelled', 'waiting']);
    expect(source.waiting).toHaveLength(1);
    await answerAll();
    expect(second.outcome).toBe('done');
  });

  it('calls the work off when all are gone, and begins anew for the next', async () => {
    const asked = [ask('Hello.'), ask('Hello.')];
    for (const { cancel } of asked) cancel();
    await settled();
    expect(source.orders.map(({ cancelled }) => cancelled)).toEqual([true]);
    const next = ask('Hello.');
    await settled();
    expect([next.outcome, source.waiting.length]).toEqual(['waiting', 1]);
    await answerAll();
    expect(next.outcome).toBe('done');
    expect(counted()).toEqual([0, 1, 2]);
  });

  it('refuses who has cancelled already, even where it is ready', async () => {
    ask('Hello.');
    await answerAll();
    const never = { text: 'Hello.', voice: 'slt' };
    const late = cache.speak(never, 'first-clause', AbortSignal.abort());
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('gives a failure to all who wait, and keeps none', async () => {
    const asked = [ask('Hello.'), ask('Hello.')];
    source.waiting[0]!.fail(new CallError('lane-crashed', 'gone'));
    await settled();
    expect(asked.map(({ outcome }) => outcome)).toEqual(['lane-crashed', 'lane-crashed']);
    const again = ask('Hello.');
    await answerAll();
    expect(again.outcome).toBe('done');
  });

  it('asks again for who is in more of a hurry, and takes what comes first', async () => {
    const slow = cache.make({ text: 'Hello.', voice: 'slt' }, new AbortController().signal);
    const [later, first, later2] = [
      ask('Hello.', 'later-clause'),
      ask('Hello.'),
      ask('Hello.', 'later-clause'),
    ];
    expect(source.orders.map(({ priority }) => priority)).toEqual(['prompt', 'later-clause', 'first-clause']);
    source.orders[2]!.answer(audioOf('slt: Hello.'));
    await settled();
    expect([later, first, later2].map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    expect(await slow).toEqual(first.audio);
    expect(source.orders.map(({ cancelled }) => cancelled)).toEqual([true, true, false]);
  });

  it('is not failed by one of its attempts while another still stands', async () => {
    const [later, first] = [ask('Hello.', 'later-clause'), ask('Hello.')];
    source.orders[0]!.fail(new CallError('queue-full', 'gave way'));
    await settled();
    expect([later.outcome, first.outcome]).toEqual(['waiting', 'waiting']);
    await answerAll();
    expect([later.outcome, first.outcome]).toEqual(['done', 'done']);
  });

  it('counts evictions, and keeps what is pinned', async () => {
    cache.pin({ text: 'Sorry.', voice: 'slt' }, audioOf('slt: Sorry.', 1_000));
    for (let i = 0; i < 300; i += 1) {
      ask(`clause ${i}`);
      await answerAll();
    }
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
    expect(meter.counts.get('speech_cache_evictions')).toBeGreaterThan(100);
    const sorry = ask('Sorry.');
    await settled();
    expect(sorry.audio).toEqual(audioOf('slt: Sorry.', 1_000));
  });

  it('does not keep silence', async () => {
    ask('...');
    source.waiting[0]!.answer(mulaw8k(new Uint8Array(0)));
    await settled();
    expect(cache.bytes).toBe(0);
  });

  const moves = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        text: fc.constantFrom('a', 'b', 'c', 'd'),
        voice: fc.constantFrom('slt', 'rms'),
        priority: fc.constantFrom<SpeechPriority>('first-clause', 'later-clause', 'prompt'),
      }),
      fc.record({
        kind: fc.constantFrom('cancel' as const, 'answer' as const, 'fail' as const),
        at: fc.nat(20),
      }),
    ),
    { maxLength: 60 },
  );

  it('ends every request once, with its own clause, in any order of events', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        source = new PaperSource();
        meter = new RecordingMeter();
        // Room for two or three clauses.
        cache = new SpeechCache(source, 8 * 660, meter);
        const asked: { name: string; asked: Asked }[] = [];
        for (const move of steps) {
          if (move.kind === 'ask') {
            const { text, voice, priority } = move;
            asked.push({ name: `${voice}: ${text}`, asked: ask(text, priority, voice) });
          } else if (move.kind === 'cancel') {
            asked[move.at % Math.max(1, asked.length)]?.asked.cancel();
          } else {
            const order = source.waiting[move.at % Math.max(1, source.waiting.length)];
            if (move.kind === 'fail') order?.fail(new CallError('lane-crashed', 'gone'));
            else order?.answer(audioOf(order.name));
          }
          await settled();
          expect(cache.bytes).toBeLessThanOrEqual(8 * 660);
        }
        while (source.waiting.length > 0) await answerAll();
        for (const one of asked) {
          expect(['done', 'cancelled', 'lane-crashed']).toContain(one.asked.outcome);
          if (one.asked.outcome === 'done') expect(one.asked.audio).toEqual(audioOf(one.name));
        }
        expect(counted().reduce((sum, count) => sum + count, 0)).toBe(asked.length);
      }),
      { numRuns: 60 },
    );
  });
});
