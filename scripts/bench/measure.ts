// Times one operation: warm-up, repeated samples, median and 95th percentile.
import { percentile } from './percentiles.ts';

/** What a call has for everything that happens to 20 ms of its audio. */
export const FRAME_US = 20_000;

export interface Operation {
  readonly name: string;
  /** Runs once per sample; whatever it returns is kept, so that no work is optimized away. */
  readonly run: () => unknown;
  /** One run does this many units, e.g. seconds of speech; figures are per unit. */
  readonly units?: number;
}

export interface SlowOperation extends Omit<Operation, 'run'> {
  readonly run: () => Promise<unknown>;
}

export interface Figure {
  readonly name: string;
  readonly medianUs: number;
  readonly p95Us: number;
  /** The median as a share of a 20 ms frame, 1 being all of it. */
  readonly shareOfFrame: number;
  readonly samples: number;
  /** Quick operations run many times in one sample, since the timer's own cost is near a microsecond. */
  readonly runsPerSample: number;
}

const WARM_UP_US = 60_000;
const SAMPLE_US = 300;
const SAMPLES = 300;

let kept: unknown;

/** For what takes microseconds: runs are grouped so that a sample is far longer than reading the clock. */
export function measure(operation: Operation): Figure {
  const begun = nowUs();
  let warmUps = 0;
  while (nowUs() - begun < WARM_UP_US) {
    kept = operation.run();
    warmUps += 1;
  }
  const runsPerSample = Math.max(1, Math.round((warmUps * SAMPLE_US) / WARM_UP_US));
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const from = nowUs();
    for (let run = 0; run < runsPerSample; run += 1) kept = operation.run();
    samples.push((nowUs() - from) / runsPerSample);
  }
  return figure(operation, samples, runsPerSample);
}

/** For models: a fifth of the runs warm up, each of the rest is a sample. */
export async function measureSlow(operation: SlowOperation, samples: number): Promise<Figure> {
  for (let run = 0; run < Math.ceil(samples / 5); run += 1) kept = await operation.run();
  const times: number[] = [];
  for (let run = 0; run < samples; run += 1) {
    const from = nowUs();
    kept = await operation.run();
    times.push(nowUs() - from);
  }
  return figure(operation, times, 1);
}

/** What the last run gave: the only reader of what the runs return. */
export const lastResult = (): unknown => kept;

function figure({ name, units = 1 }: Omit<Operation, 'run'>, times: number[], runsPerSample: number): Figure {
  const perUnit = times.map((time) => time / units);
  const medianUs = percentile(perUnit, 0.5);
  return {
    name,
    medianUs,
    p95Us: percentile(perUnit, 0.95),
    shareOfFrame: medianUs / FRAME_US,
    samples: perUnit.length,
    runsPerSample,
  };
}

const nowUs = (): number => performance.now() * 1000;
