// From the steps of a run to what they say: the knee, the cost of a call, and the ratio of the two servers.
import { cpus, totalmem } from 'node:os';
import type { Capacity, Step } from './figures.ts';
import type { Knee } from './knee-search.ts';
import { productMb } from './server-probe.ts';
import { roundTo, slopeOf } from './statistics.ts';

export function machineOf(): Capacity['machine'] {
  const cores = cpus();
  return {
    processor: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
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

export function ratioOf(shared: number, unshared: number): number | null {
  return unshared === 0 ? null : roundTo(shared / unshared, 2);
}

const stepAt = (steps: readonly Step[], calls: number): Step | undefined =>
  steps.find((step) => step.good && step.calls === calls);
