// What a soak writes down, and whether it keeps the bounds.
import { z } from 'zod';
import { productMb } from './server-probe.ts';
import { roundTo, slopeOf } from './statistics.ts';

const sampleSchema = z.object({
  atS: z.number(),
  connected: z.number().int(),
  /** By the server's own count. */
  callsInProgress: z.number().int(),
  turns: z.number().int(),
  /** Of the turns of the last minute. */
  p95Ms: z.number().nullable(),
  stuck: z.number().int(),
  framesLost: z.number().int(),
  rssMb: z.record(z.string(), z.number()),
  cpu: z.record(z.string(), z.number()),
});

export const SOAK_FAULTS = [
  'stuck-calls',
  'frames-lost',
  'failed-calls',
  'memory-growth',
  'calls-left',
] as const;

export const soakSchema = z.object({
  calls: z.number().int(),
  minutes: z.number(),
  seed: z.number().int(),
  good: z.boolean(),
  faults: z.array(z.enum(SOAK_FAULTS)),
  /** Resident memory of server and lanes after the first three minutes; null when the soak was too short to tell. */
  rssMbPerMinute: z.number().nullable(),
  responseMs: z.object({
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    p99: z.number().nullable(),
  }),
  turns: z.number().int(),
  counts: z.record(z.string(), z.number().int()),
  /** Calls that the server still had when every caller had hung up. */
  callsLeft: z.number().int(),
  problems: z.array(z.string()),
  interrupted: z.boolean(),
  samples: z.array(sampleSchema),
});

export type SoakSample = z.output<typeof sampleSchema>;
export type Soak = z.output<typeof soakSchema>;
export type SoakFault = Soak['faults'][number];

/** The bound. */
export const RSS_LIMIT_MB_PER_MINUTE = 1;
/** The heaps find their size first. */
const SETTLING_S = 180;
/** A slope over less than this is noise. */
const LEAST_S = 60;

export function rssSlope(samples: readonly SoakSample[]): number | null {
  const points = samples
    .filter(({ atS }) => atS >= SETTLING_S)
    .map(({ atS, rssMb }) => ({ x: atS / 60, y: productMb(rssMb) }));
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || (last.x - first.x) * 60 < LEAST_S) return null;
  return roundTo(slopeOf(points), 3);
}

export function soakFaults(soak: {
  readonly stuck: number;
  readonly framesLost: number;
  readonly failed: number;
  readonly callsLeft: number;
  readonly rssMbPerMinute: number | null;
}): SoakFault[] {
  const faults: SoakFault[] = [];
  if (soak.stuck > 0) faults.push('stuck-calls');
  if (soak.framesLost > 0) faults.push('frames-lost');
  if (soak.failed > 0) faults.push('failed-calls');
  if (soak.callsLeft > 0) faults.push('calls-left');
  if ((soak.rssMbPerMinute ?? 0) > RSS_LIMIT_MB_PER_MINUTE) faults.push('memory-growth');
  return faults;
}
