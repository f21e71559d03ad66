// Lane processes made of nothing: a test says what each answers, when it ends, and whether it has gone silent.
import type { ChildEvents, LaneChildPort } from '../../src/inference/lane-child.ts';
import type { LaneDeps } from '../../src/inference/lane-deps.ts';
import type { HostMessage, LaneMessage } from '../../src/inference/messages.ts';
import { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings } from '../../src/inference/settings.ts';
import { settled } from './inference.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordingLogger, RecordingMeter } from './recorded-telemetry.ts';

export class FakeLaneChild implements LaneChildPort {
  readonly pid: number;
  readonly exited: Promise<void>;
  readonly sent: HostMessage[] = [];
  /** It was told to end, by force or by request. */
  dismissed = false;
  isGone = false;
  loweredBy = 0;
  readonly #events: ChildEvents;
  #left: () => void = () => undefined;

  constructor(pid: number, events: ChildEvents) {
    this.pid = pid;
    this.#events = events;
    this.exited = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  send(message: HostMessage): void {
    this.sent.push(message);
  }

  /** As with a real process, whoever kills hears of the exit later. */
  kill(): void {
    this.dismissed = true;
    setImmediate(() => {
      this.exit('signal SIGKILL');
    });
  }

  stop(): Promise<void> {
    this.dismissed = true;
    setImmediate(() => {
      this.exit('exit code 0');
    });
    return this.exited;
  }

  lowerPriority(by: number): void {
    this.loweredBy += by;
  }

  exit(how: string): void {
    if (this.isGone) return;
    this.isGone = true;
    this.dismissed = true;
    this.#events.exit(how);
    this.#left();
  }

  say(message: LaneMessage): void {
    this.#events.message(message);
  }

  loaded(memoryMb = 100): void {
    this.say({ type: 'ready', loadMs: 1, models: [], warmup: [{ name: 'fake', ms: 1 }], memoryMb });
  }

  /** Answers the last run it was sent. */
  answer(): void {
    const id = this.lastRun;
    if (id !== null) this.say({ type: 'result', id, result: { samples: new Int16Array(0) }, inferMs: 1 });
  }

  get lastRun(): number | null {
    const run = this.sent.findLast((message) => message.type === 'run');
    return run?.type === 'run' ? run.id : null;
  }

  countOf(type: HostMessage['type']): number {
    return this.sent.filter((message) => message.type === type).length;
  }
}

export class FakeLaneRig {
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly meter = new RecordingMeter();
  readonly children: FakeLaneChild[] = [];
  readonly deps: LaneDeps;

  constructor(settings: Partial<InferenceSettings> = {}) {
    this.deps = {
      settings: { ...DEFAULT_INFERENCE_SETTINGS, ...settings },
      logger: this.logger,
      meter: this.meter,
      clock: this.clock,
      laneEntry: new URL('file:///no/lane/is/forked.js'),
      launch: (events) => {
        const child = new FakeLaneChild(1_000 + this.children.length, events);
        this.children.push(child);
        return child;
      },
    };
  }

  /** The youngest process. */
  get child(): FakeLaneChild {
    const child = this.children.at(-1);
    if (child === undefined) throw new Error('No process was started.');
    return child;
  }

  /** Processes that nobody has told to end. */
  get kept(): readonly FakeLaneChild[] {
    return this.children.filter((child) => !child.dismissed);
  }

  /** The youngest process loads and passes its timed inference. */
  async warmUp(memoryMb = 100): Promise<FakeLaneChild> {
    const { child } = this;
    child.loaded(memoryMb);
    child.answer();
    await settled();
    return child;
  }
}
