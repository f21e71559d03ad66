// From the steps of a run to what they say: the knee, the cost of a call, and the ratio of the two servers.
import { totalmem } from 'node:os';
import type { Capacity, Step } from './figures.ts';
import type { Knee } from './knee-search.ts';
import { productMb } from './server-probe.ts';
import { benchMachine } from '../machine.ts';
import { roundTo, slopeOf } from './statistics.ts';

export function machineOf(): Capacity['machine'] {
  return { ...benchMachine(), memoryMb: Math.round(totalmem() / 2 ** 20) };
}

export function kneeOf(steps: readonly Step[], { calls, reached }: Knee): Capacity['knee'] {
  return { calls, reached, p95Ms: stepAt(steps, calls)?.responseMs.p95 ?? null };
}

/** Over the steps that the server was up to: memory under overload is queues, not calls. */
export function costsOf(
  steps: readonly Step[],
  kneeCalls: number,
): Pick<Capacity, 'perCallRssMb' | 'vadCostPerCall' | 'simulatorCostPerCall'> {
  const good = steps.filter((step) => step.good);
  const points = good.flatMap(({ calls, rssMb }) => {
    const total = productMb(rssMb);
    return total === 0 ? [] : [{ x: calls, y: total }];
  });
  const cpu = stepAt(steps, kneeCalls)?.cpu;
  const perCall = (kind: string): number | null =>
    cpu?.[kind] === undefined ? null : roundTo(cpu[kind] / kneeCalls, 5);
  return {
    perCallRssMb: roundTo(slopeOf(points), 2),
    vadCostPerCall: perCall('vad'),
    simulatorCostPerCall: perCall('simulator'),
  };
}

/** Null while the end of the unshared side is not known; with a knee of `shared` beyond the ramp it is a lower bound. */
export function ratioOf({ knee }: Pick<Capacity, 'knee'>, unshared: Capacity['unshared']): number | null {
  if (unshared === null || unshared.knee.calls === 0) return null;
  const ended = unshared.knee.reached || unshared.note !== null;
  return ended ? roundTo(knee.calls / unshared.knee.calls, 2) : null;
}

const stepAt = (steps: readonly Step[], calls: number): Step | undefined =>
  steps.find((step) => step.good && step.calls === calls);
