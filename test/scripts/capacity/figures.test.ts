// What steps and samples come to: faults, costs of a call, ratio, the verdict of a soak, and the page.
import { describe, expect, it } from 'vitest';
import { capacitySchema, type Capacity, type Step } from '../../../scripts/bench/capacity/figures.ts';
import { capacityPage } from '../../../scripts/bench/capacity/page.ts';
import { faultsOf } from '../../../scripts/bench/capacity/run-step.ts';
import { rssSlope, soakFaults, type SoakSample } from '../../../scripts/bench/capacity/soak-verdict.ts';
import { STEP_HEADER, stepLine } from '../../../scripts/bench/capacity/step-line.ts';
import { costsOf, kneeOf, machineOf, ratioOf } from '../../../scripts/bench/capacity/summary.ts';

function step(calls: number, change: Partial<Step> = {}): Step {
  const lanes = { vad: { mean: 1, p95: 2 }, stt: { mean: null, p95: null } };
  return {
    calls,
    good: true,
    faults: [],
    connected: calls,
    turns: calls * 8,
    responseMs: { p50: 500 + calls, p95: 600 + 10 * calls, p99: 900, max: 1_200 },
    unanswered: 0,
    early: 0,
    framesSent: calls * 3_000,
    framesLost: 0,
    eventLoopP99Ms: { max: 4.2, median: 2 },
    cpu: { server: 0.01 * calls, vad: 0.002 * calls, simulator: 0.004 * calls },
    rssMb: { server: 100 + calls, vad: 100, stt: 400, simulator: 500 - 9 * calls },
    batchSize: lanes,
    laneWaitMs: lanes,
    laneRunMs: lanes,
    stagesMs: { endpoint: 450 },
    refusals: 0,
    failedCalls: 0,
    laneRestarts: 0,
    simulatorLateMs: 3,
    slowest: [{ clip: 'a.wav', responseMs: 1_200 }],
    problems: [],
    ...change,
  };
}

function capacity(change: Partial<Capacity> = {}): Capacity {
  const steps = [
    step(1),
    step(10),
    step(20),
    step(30, { good: false, faults: ['slow'], rssMb: { server: 900 } }),
  ];
  const knee = kneeOf(steps, { calls: 20, reached: true });
  return {
    machine: machineOf(),
    load: { stepS: 60, seed: 1, callers: 'recordings', clips: 100, admission: false, speechCache: true },
    steps,
    knee,
    ...costsOf(steps, knee.calls),
    readyMs: 3_000,
    interrupted: false,
    unshared: null,
    ratio: null,
    ...change,
  };
}

describe('faultsOf', () => {
  const fine = { calls: 5, connected: 5, framesLost: 0, failedCalls: 0, responseMs: step(1).responseMs };

  it.each([
    [{}, []],
    [{ responseMs: { p50: 1, p95: 1_000, p99: 9_000, max: 9_000 } }, []],
    [{ responseMs: { p50: 1, p95: 1_001, p99: 1_001, max: 1_001 } }, ['slow']],
    [{ responseMs: { p50: null, p95: null, p99: null, max: null } }, []],
    [{ framesLost: 1 }, ['frames-lost']],
    [{ connected: 4 }, ['refused']],
    [{ connected: 4, failedCalls: 1 }, ['failed']],
  ])('%j', (change, faults) => {
    expect(faultsOf({ ...fine, ...change })).toEqual(faults);
  });
});

describe('costs and knee', () => {
  it('come from the good steps, without the simulator', () => {
    expect(capacity()).toMatchObject({
      knee: { calls: 20, p95Ms: 800, reached: true },
      perCallRssMb: 1,
      vadCostPerCall: 0.002,
      simulatorCostPerCall: 0.004,
    });
  });

  it('are unknown without a good step', () => {
    const steps = [step(1, { good: false })];
    expect(kneeOf(steps, { calls: 0, reached: true })).toEqual({ calls: 0, p95Ms: null, reached: true });
    expect(costsOf(steps, 0)).toEqual({
      perCallRssMb: null,
      vadCostPerCall: null,
      simulatorCostPerCall: null,
    });
  });

  it('have a ratio once the unshared side has come to its end, be it for want of memory', () => {
    const side = (calls: number, reached: boolean, note: string | null): Capacity['unshared'] => ({
      steps: [],
      knee: { calls, reached, p95Ms: 1 },
      note,
    });
    const shared = capacity();
    expect(ratioOf(shared, null)).toBeNull();
    expect(ratioOf(shared, side(8, true, null))).toBe(2.5);
    expect(ratioOf(shared, side(8, false, null))).toBeNull();
    expect(ratioOf(shared, side(10, false, 'stopped for want of memory'))).toBe(2);
    expect(ratioOf(shared, side(0, true, null))).toBeNull();
  });
});

describe('what is written', () => {
  it('fits the schema of capacity.json, which refuses what lacks the steps', () => {
    expect(capacitySchema.parse(JSON.parse(JSON.stringify(capacity())))).toEqual(capacity());
    expect(capacitySchema.safeParse({ machine: machineOf(), knee: { calls: 1 } }).success).toBe(false);
  });

  it('is a page of its own with a curve per percentile and process, and nothing fetched from elsewhere', () => {
    const unshared = { steps: [step(5)], knee: { calls: 5, reached: true, p95Ms: 650 }, note: null };
    const page = capacityPage(capacity({ unshared, ratio: 4 }));
    expect(page).not.toMatch(/https?:|<script|<link|src=/);
    expect(page.match(/<polyline/g)).toHaveLength(4 + 3);
    expect(page).toContain('p95 unshared');
    expect(page).toContain('class="bad"');
    expect(page).not.toContain('NaN');
    expect(capacityPage(capacity({ steps: [] }))).not.toContain('NaN');
  });

  it('is one line per step under its header, with what was wrong', () => {
    expect(stepLine(step(5))).toHaveLength(STEP_HEADER.length);
    expect(stepLine(step(5, { faults: ['slow', 'refused'], good: false }))).toMatch(/<- slow, refused$/);
    expect(stepLine(step(5, { cpu: {}, rssMb: {} }))).not.toContain('undefined');
  });
});

describe('the verdict of a soak', () => {
  const sample = (atS: number, mb: number): SoakSample => ({
    atS,
    connected: 1,
    callsInProgress: 1,
    turns: 1,
    p95Ms: 500,
    stuck: 0,
    framesLost: 0,
    rssMb: { server: mb, stt: 400, simulator: 10 * mb },
    cpu: {},
  });
  const every10s = (untilS: number, mbAt: (atS: number) => number): SoakSample[] =>
    Array.from({ length: untilS / 10 }, (_, index) => sample(10 * (index + 1), mbAt(10 * (index + 1))));

  it('takes the slope of server and lanes after three minutes', () => {
    const grows = every10s(600, (atS) => (atS < 180 ? 10 * atS : 100 + (atS / 60) * 1.5));
    expect(rssSlope(grows)).toBeCloseTo(1.5);
    expect(rssSlope(every10s(600, () => 200))).toBe(0);
    expect(rssSlope(every10s(200, () => 200))).toBeNull();
    expect(rssSlope([])).toBeNull();
  });

  it('names every bound that was broken', () => {
    const fine = { stuck: 0, framesLost: 0, failed: 0, callsLeft: 0, rssMbPerMinute: 1 };
    expect(soakFaults(fine)).toEqual([]);
    expect(soakFaults({ ...fine, rssMbPerMinute: null })).toEqual([]);
    expect(soakFaults({ stuck: 1, framesLost: 1, failed: 1, callsLeft: 1, rssMbPerMinute: 1.001 })).toEqual([
      'stuck-calls',
      'frames-lost',
      'failed-calls',
      'calls-left',
      'memory-growth',
    ]);
  });
});
