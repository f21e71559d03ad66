// The inference host over the built lanes, lanes made of nothing, and the clips that the models are tested with.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pcm, type Pcm } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';
import {
  createInferenceHost,
  DEFAULT_INFERENCE_SETTINGS,
  type InferenceHost,
  type InferenceSettings,
} from '../../src/inference/host.ts';
import type { JobLane, LaneAnswer, LaneWatcher } from '../../src/inference/lane.ts';
import type { LaneJobs, LaneResults } from '../../src/inference/messages.ts';
import type { SpeechPrompt } from '../../src/inference/prompt-fill.ts';
import type { LaneName } from '../../src/inference/settings.ts';
import { CallError } from '../../src/ports/errors.ts';
import { createSystemClock } from '../../src/telemetry/system-clock.ts';
import { RecordingLogger, RecordingMeter } from './recorded-telemetry.ts';

export const BUILT_LANE = new URL('../../dist/inference/lane-main.js', import.meta.url);
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const WINDOW = 256;

export interface HostUnderTest {
  readonly host: InferenceHost;
  readonly logger: RecordingLogger;
  readonly meter: RecordingMeter;
}

/** Not started. */
export function hostWith(
  settings: Partial<InferenceSettings>,
  laneEntry = BUILT_LANE,
  prompts: () => readonly SpeechPrompt[] = () => [],
): HostUnderTest {
  const logger = new RecordingLogger();
  const meter = new RecordingMeter();
  const host = createInferenceHost({
    settings: { ...DEFAULT_INFERENCE_SETTINGS, ...settings },
    logger,
    meter,
    clock: createSystemClock(),
    laneEntry,
    prompts,
  });
  return { host, logger, meter };
}

interface PaperRun<Name extends LaneName> {
  readonly resolve: (answer: LaneAnswer<Name>) => void;
  readonly reject: (error: Error) => void;
}

/** A lane without a model: runs wait until the test answers them. */
export class PaperLane<Name extends LaneName> implements JobLane<Name> {
  readonly name: Name;
  readonly jobs: LaneJobs[Name][] = [];
  /** Everything sent, in order: `reset 3`, `release 3`, or `run`. */
  readonly sent: string[] = [];
  isReady = true;
  #watcher: LaneWatcher | null = null;
  #running: PaperRun<Name> | null = null;

  constructor(name: Name) {
    this.name = name;
  }

  get isBusy(): boolean {
    return this.#running !== null;
  }

  watch(watcher: LaneWatcher): void {
    this.#watcher = watcher;
  }

  run(job: LaneJobs[Name]): Promise<LaneAnswer<Name>> {
    if (this.isBusy) throw new Error('A lane runs one job at a time.');
    // A real lane's message is a copy as well.
    this.jobs.push(structuredClone(job));
    this.sent.push('run');
    return new Promise((resolve, reject) => {
      this.#running = { resolve, reject };
    });
  }

  forget(type: 'reset' | 'release', slot: number): void {
    this.sent.push(`${type} ${slot}`);
  }

  /** Ends the run; resolves once the answer has been handed on. */
  async answer(result: LaneResults[Name]): Promise<void> {
    this.#take().resolve({ result, inferMs: 1 });
    await settled();
  }

  async die(error: CallError): Promise<void> {
    this.isReady = false;
    const running = this.#running;
    this.#running = null;
    running?.reject(error);
    this.#watcher?.down(error);
    await settled();
  }

  async revive(): Promise<void> {
    this.isReady = true;
    this.#watcher?.ready();
    await settled();
  }

  #take(): PaperRun<Name> {
    const running = this.#running;
    if (running === null) throw new Error('Nothing runs.');
    this.#running = null;
    return running;
  }
}

/** All promises that were due have run. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** "I would like to book an appointment.", Flite's voice slt, half a second of silence on both sides, 8 kHz. */
export function appointmentClip(): Pcm<8000> {
  const wav = parseWav(readFileSync(`${FIXTURES}appointment.wav`));
  if (!wav.ok) throw new Error(wav.message);
  return pcm(8000, wav.channels[0]!);
}

/** Of the clip's windows, from a run of the model by itself, one window at a time. */
export function storedProbabilities(): readonly number[] {
  const stored = JSON.parse(readFileSync(`${FIXTURES}vad-probabilities.json`, 'utf8')) as {
    readonly probabilities: readonly number[];
  };
  return stored.probabilities;
}

export function windowsOf(samples: Int16Array): Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, i) =>
    samples.slice(i * WINDOW, (i + 1) * WINDOW),
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The code with which an attempt failed, its error in words, or `done`. */
export const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof CallError ? error.code : String(error)),
  );

/** The host has no event for it; the next status is looked at on every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
