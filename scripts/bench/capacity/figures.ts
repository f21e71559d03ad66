// What a load bench writes down: the figures of a step, and the whole of capacity.json.
import { z } from 'zod';

const ms = z.number().nullable();
/** By kind of process: server, vad, stt, tts, simulator; several processes of a kind are added up. */
const byProcess = z.record(z.string(), z.number());
const byLane = z.record(z.string(), z.object({ mean: z.number().nullable(), p95: z.number().nullable() }));

/** What a step can break: its answers are late, frames are lost, calls are refused, or calls fail. */
export const FAULTS = ['slow', 'frames-lost', 'refused', 'failed'] as const;

export const stepSchema = z.object({
  calls: z.number().int(),
  good: z.boolean(),
  faults: z.array(z.enum(FAULTS)),
  /** Calls connected at the end of the step. */
  connected: z.number().int(),
  /** Things said between the warm-in and the end of the step. */
  turns: z.number().int(),
  /** Unanswered turns count with the time limit of 10 s; null without turns. */
  responseMs: z.object({ p50: ms, p95: ms, p99: ms, max: ms }),
  unanswered: z.number().int(),
  /** Replies that began before the caller had finished; they have no response time. */
  early: z.number().int(),
  framesSent: z.number().int(),
  framesLost: z.number().int(),
  /** Of the server's socket thread: the worst p99 of the step's intervals of 5 s, and the median one. */
  eventLoopP99Ms: z.object({ max: ms, median: ms }),
  /** Shares of one core between the warm-in and the end of the step. */
  cpu: byProcess,
  rssMb: byProcess,
  /** Requests in one run of a lane's model. */
  batchSize: byLane,
  laneWaitMs: byLane,
  laneRunMs: byLane,
  /** Mean time of each stage of a turn, by the server's own account. */
  stagesMs: z.record(z.string(), z.number()),
  /** Webhooks answered with a refusal; the callers try again. */
  refusals: z.number().int(),
  failedCalls: z.number().int(),
  laneRestarts: z.number().int(),
  /** How late the simulator's latest frame was. */
  simulatorLateMs: z.number(),
  /** The slowest turns and what was said in them. */
  slowest: z.array(z.object({ clip: z.string(), responseMs: ms })),
  problems: z.array(z.string()),
});

const kneeSchema = z.object({
  calls: z.number().int(),
  p95Ms: ms,
  /** False: no step was bad, so the knee is beyond the most calls measured. */
  reached: z.boolean(),
});

export const capacitySchema = z.object({
  machine: z.object({
    processor: z.string(),
    cores: z.number().int(),
    memoryMb: z.number(),
    node: z.string(),
  }),
  load: z.object({
    stepS: z.number(),
    seed: z.number().int(),
    callers: z.string(),
    clips: z.number().int(),
    admission: z.boolean(),
    speechCache: z.boolean(),
  }),
  steps: z.array(stepSchema),
  knee: kneeSchema,
  /** Slope of the resident memory of server and lanes over the calls of the steps; null for fewer than two sizes. */
  perCallRssMb: z.number().nullable(),
  /** CPU of the vad lane for one call at the knee, as a share of a core. */
  vadCostPerCall: z.number().nullable(),
  /** The same of the simulator, which the server shares the machine with. */
  simulatorCostPerCall: z.number().nullable(),
  readyMs: z.number(),
  interrupted: z.boolean(),
  /** Only with --compare unshared. */
  unshared: z
    .object({ steps: z.array(stepSchema), knee: kneeSchema, note: z.string().nullable() })
    .nullable(),
  /** Calls at the knee, shared over unshared. */
  ratio: z.number().nullable(),
});

export type Step = z.output<typeof stepSchema>;
export type Fault = Step['faults'][number];
export type Capacity = z.output<typeof capacitySchema>;
