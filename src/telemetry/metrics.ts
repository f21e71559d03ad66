// Every metric the server exposes: its name, meaning, labels and buckets, in one table.
import type { CounterLabels, GaugeLabels, HistogramLabels } from '../ports/telemetry.ts';

interface Described<Label extends string> {
  readonly help: string;
  readonly labels: readonly Label[];
}
interface Bucketed<Label extends string> extends Described<Label> {
  readonly buckets: readonly number[];
}

/** Exposed as `parley_<name>`, counters as `parley_<name>_total`. */
export const METRIC_PREFIX = 'parley_';

/** Around what a caller feels: 100 ms is at once, 700 ms the aim for an answer, 5 s the apology. */
const TURN_BUCKETS_MS = [25, 50, 100, 200, 300, 400, 500, 700, 1_000, 1_500, 2_500, 5_000];
/** Around one VAD tick (32 ms) and the lanes' deadlines. */
const LANE_BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 2_000, 8_000];

export const COUNTERS: { readonly [Name in keyof CounterLabels]: Described<CounterLabels[Name]> } = {
  calls: { help: 'Calls that ended, by how they ended.', labels: ['outcome'] },
  calls_refused: { help: 'Calls that were answered with a refusal at the webhook.', labels: ['reason'] },
  streams_refused: { help: 'Media sockets closed before a call was connected.', labels: ['reason'] },
  signature_refused: { help: 'Requests without a valid Twilio signature.', labels: ['route'] },
  twilio_messages_ignored: { help: 'Media stream messages that were dropped.', labels: ['reason'] },
  line_overflows: { help: 'Streams given up because their socket did not drain.', labels: [] },
  frames_received: { help: 'Media messages that reached a call.', labels: [] },
  frames_lost: { help: 'Frames of 20 ms missing from the caller audio, by its timestamps.', labels: [] },
  vad_resets: { help: 'Resets of a voice activity state: one per reply.', labels: [] },
  vad_rebuilds: {
    help: 'Voice activity states rebuilt because no verdicts came, or always the same.',
    labels: [],
  },
  vad_windows_lost: { help: 'Windows of caller audio that were never judged.', labels: ['reason'] },
  stale_results: { help: 'Results dropped because their turn was over.', labels: ['kind'] },
  barge_ins: { help: 'Replies that the caller interrupted.', labels: [] },
  speculations: {
    help: 'Replies begun before the turn was over, by what became of them.',
    labels: ['result'],
  },
  watchdogs: { help: 'Deadlines that ended a state of a call.', labels: ['which'] },
  port_failures: {
    help: 'Failures of a model, a responder or the line, as calls saw them.',
    labels: ['port', 'code'],
  },
  lane_restarts: { help: 'Model processes that were replaced.', labels: ['lane', 'reason'] },
  speech_cache: {
    help: 'Clauses asked for: hit was ready, shared waited for another call that had asked for it, miss was made. The hit rate is (hit + shared) / all.',
    labels: ['result'],
  },
  dials: {
    help: 'Calls that campaigns asked the network for, by its answer: placed, or the code of the dialling error.',
    labels: ['result'],
  },
  attempts: { help: 'Attempts of campaigns that ended, by their outcome.', labels: ['outcome'] },
  opt_outs: { help: 'People who asked not to be called again.', labels: ['how'] },
  archive_dropped: {
    help: 'Rows of calls and turns that the store was away for too long to take.',
    labels: [],
  },
  speech_cache_evictions: { help: 'Ready clauses that had to make room for others.', labels: [] },
};

export const HISTOGRAMS: { readonly [Name in keyof HistogramLabels]: Bucketed<HistogramLabels[Name]> } = {
  turn_stage_ms: {
    help: 'Time of one stage of a turn in ms; the stages of a turn add up to its latency.',
    labels: ['stage'],
    buckets: TURN_BUCKETS_MS,
  },
  lane_wait_ms: {
    help: 'Time a request waited for its model in ms.',
    labels: ['lane'],
    buckets: LANE_BUCKETS_MS,
  },
  lane_run_ms: {
    help: 'Time a model worked on one batch in ms.',
    labels: ['lane'],
    buckets: LANE_BUCKETS_MS,
  },
  lane_batch_size: {
    help: 'Requests in one run of a model.',
    labels: ['lane'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  },
};

export const GAUGES: { readonly [Name in keyof GaugeLabels]: Described<GaugeLabels[Name]> } = {
  calls_in_progress: { help: 'Calls that are connected now.', labels: [] },
  lane_queue_depth: { help: 'Requests waiting for a model now.', labels: ['lane'] },
  lane_memory_mb: { help: 'Resident memory of a model process in MB.', labels: ['lane'] },
  speech_cache_bytes: { help: 'Bytes of the ready clauses, of inference.speechCacheMb.', labels: [] },
  archive_waiting: { help: 'Rows of calls and turns that wait to be stored.', labels: [] },
  event_loop_delay_ms: {
    help: 'Delay of the socket thread in ms over the last interval, beyond the timer resolution.',
    labels: ['quantile'],
  },
};
