// Whatever happens to a lane's processes, in any order: never two that serve, no run without an end, nothing left at the end.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GRACE_MS } from '../../src/inference/deadline.ts';
import { DEATH_LIMIT } from '../../src/inference/lane-limits.ts';
import { Lane } from '../../src/inference/lane.ts';
import { FakeLaneRig, type FakeLaneChild } from '../support/fake-lane-child.ts';
import { settled } from '../support/inference.ts';

const DEADLINE_MS = 5_000;
const LIMIT_MB = 1_000;

type Happening =
  /** The youngest process loads and answers its timed inference. */
  | { readonly type: 'run' | 'warm' | 'close' }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'stall'; readonly ms: number }
  /** Of the nth process from the youngest, the ended ones included. */
  | { readonly type: 'loaded' | 'pong'; readonly nth: number; readonly memoryMb: number }
  | { readonly type: 'result' | 'refuse' | 'start-failed' | 'exit'; readonly nth: number };

const nth = fc.constantFrom(0, 0, 0, 1, 2);
const memoryMb = fc.constantFrom(100, 100, 100, LIMIT_MB + 1);
const of = (...types: ('result' | 'refuse' | 'start-failed' | 'exit')[]) =>
  fc.record({ type: fc.constantFrom(...types), nth });
const pass = (...times: number[]) =>
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(...times) });
const plain = <Type extends string>(type: Type) => fc.record({ type: fc.constant(type) });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: plain('run' as const) },
  { weight: 8, arbitrary: plain('warm' as const) },
  { weight: 8, arbitrary: of('result') },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('pong' as const), nth, memoryMb }) },
  { weight: 8, arbitrary: pass(0, 50, 999) },
  { weight: 1, arbitrary: pass(5_000) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('stall' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('loaded' as const), nth, memoryMb }) },
  { weight: 4, arbitrary: of('refuse', 'exit', 'exit', 'start-failed') },
  { weight: 1, arbitrary: plain('close' as const) },
);

class Story {
  readonly rig = new FakeLaneRig({ laneMemoryMb: LIMIT_MB });
  readonly lane = new Lane('tts', this.rig.deps);
  readonly start: Promise<string>;
  readonly runs: { readonly begunMs: number; ended: boolean }[] = [];
  hasGrown = false;
  hasFailed = false;
  isClosed = false;

  constructor() {
    this.lane.watch({ ready: () => undefined, down: () => undefined });
    void this.lane.failed.then(() => (this.hasFailed = true));
    this.start = this.lane.start().then(
      () => 'warm',
      () => 'failed',
    );
  }

  async step(what: Happening): Promise<void> {
    const { rig, lane } = this;
    const started = rig.children.length;
    const { hasFailed } = this;
    switch (what.type) {
      case 'run':
        if (lane.isReady && !lane.isBusy) this.#run();
        break;
      case 'pass':
        rig.clock.advance(what.ms);
        break;
      case 'stall':
        rig.clock.stall(what.ms);
        rig.clock.advance(0);
        break;
      case 'close':
        // The rest of the story happens to a closed lane.
        this.isClosed = true;
        void lane.close();
        break;
      case 'warm':
        this.#childSays(rig.children.at(-1), { type: 'loaded', nth: 0, memoryMb: 100 });
        this.#childSays(rig.children.at(-1), { type: 'result', nth: 0 });
        break;
      case 'loaded':
      case 'pong':
      case 'result':
      case 'refuse':
      case 'start-failed':
      case 'exit':
        this.#childSays(rig.children.at(-1 - what.nth), what);
    }
    await settled();
    this.check();
    if (hasFailed || this.isClosed) expect(rig.children.length).toBe(started);
  }

  #run(): void {
    const run = { begunMs: this.rig.clock.now(), ended: false };
    this.runs.push(run);
    const end = (): void => {
      expect(run.ended).toBe(false);
      run.ended = true;
    };
    void this.lane.run({ text: 'Hello.', voice: 'slt' }, DEADLINE_MS).then(end, end);
  }

  #childSays(child: FakeLaneChild | undefined, what: Extract<Happening, { nth: number }>): void {
    if (child === undefined || child.isGone) return;
    switch (what.type) {
      case 'exit':
        child.exit('exit code 1');
        return;
      case 'loaded':
        if (child.countOf('run') === 0) child.loaded(what.memoryMb);
        return;
      case 'pong':
        this.hasGrown ||= what.memoryMb > LIMIT_MB;
        child.say({ type: 'pong', memoryMb: what.memoryMb });
        return;
      case 'start-failed':
        if (child.countOf('run') === 0) child.say({ type: 'start-failed', fault: null, message: 'no' });
        return;
      case 'result':
        child.answer();
        return;
      case 'refuse':
        child.say({ type: 'run-failed', id: child.lastRun ?? 0, message: 'no' });
    }
  }

  check(): void {
    const { rig, lane, runs } = this;
    expect(rig.kept.length).toBeLessThanOrEqual(this.hasGrown ? 2 : 1);
    const open = runs.filter(({ ended }) => !ended);
    expect(open.length).toBeLessThanOrEqual(1);
    if (!lane.isReady) expect(open).toEqual([]);
    if (this.isClosed || this.hasFailed) expect(rig.kept).toEqual([]);
  }
}

it('in any order of events', async () => {
  const tally = { ready: 0, failed: 0, relieved: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 60, size: 'max' }),
      async (happenings) => {
        const story = new Story();
        for (const what of happenings) await story.step(what);
        if (story.lane.isReady) tally.ready += 1;
        if (story.hasFailed) tally.failed += 1;
        if (story.rig.meter.counts.has('lane_restarts{tts,memory}')) tally.relieved += 1;
        // A run ends by itself, whatever the process does.
        story.rig.clock.advance(2 * (DEADLINE_MS + GRACE_MS));
        await settled();
        expect(story.runs.every(({ ended }) => ended)).toBe(true);
        await story.lane.close();
        await story.start;
        expect(story.rig.clock.pending).toBe(0);
        expect(story.rig.children.every((child) => child.isGone)).toBe(true);
      },
    ),
    { numRuns: 1_000, examples: [[storyOfDeaths()]] },
  );
  // The stories reach what they are meant to try.
  for (const [reached, count] of Object.entries(tally)) expect(count, reached).toBeGreaterThan(0);
});

function storyOfDeaths(): Happening[] {
  const warm: Happening[] = [
    { type: 'loaded', nth: 0, memoryMb: 100 },
    { type: 'result', nth: 0 },
  ];
  const death: Happening[] = [
    { type: 'exit', nth: 0 },
    { type: 'pass', ms: 999 },
    { type: 'pass', ms: 50 },
  ];
  return Array.from({ length: DEATH_LIMIT.deaths }, () => [...warm, ...death]).flat();
}
