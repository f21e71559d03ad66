// A clock for the simulator that stands still until a test moves it, and a socket that keeps what is sent.
import type { SimulatorClock } from '../../src/simulator/simulator-clock.ts';
import type { StreamSocket } from '../../src/simulator/simulated-stream.ts';

export class ManualSimulatorClock implements SimulatorClock {
  #now: number;
  #timers: { time: number; run: () => void }[] = [];

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): () => void {
    const timer = { time, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Runs every timer that is due on the way, each at its own time. */
  advanceTo(timeMs: number): void {
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.time <= timeMs).sort((a, b) => a.time - b.time);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.time);
      next.run();
    }
    this.#now = timeMs;
  }

  /** Time passes without any timer running, as when the process is held up; then all that is due runs at once. */
  stallTo(timeMs: number): void {
    this.#now = timeMs;
    this.advanceTo(timeMs);
  }
}

export interface SentMessage {
  readonly atMs: number;
  readonly text: string;
  readonly event: string;
  readonly json: Record<string, unknown>;
}

export class MemoryStreamSocket implements StreamSocket {
  readonly sent: SentMessage[] = [];
  bufferedBytes = 0;
  closedByUs = false;
  terminated = false;
  readonly #clock: SimulatorClock;
  #message: (text: string | null) => void = () => undefined;
  #close: (code: number) => void = () => undefined;

  constructor(clock: SimulatorClock) {
    this.#clock = clock;
  }

  send(text: string): void {
    const json = JSON.parse(text) as Record<string, unknown>;
    this.sent.push({ atMs: this.#clock.now(), text, json, event: String(json['event']) });
  }

  close(): void {
    this.closedByUs = true;
  }

  terminate(): void {
    this.terminated = true;
    this.#close(1006);
  }

  onMessage(listener: (text: string | null) => void): void {
    this.#message = listener;
  }

  onClose(listener: (code: number) => void): void {
    this.#close = listener;
  }

  /** What the server sends; null is a binary message. */
  receive(message: object | string | null): void {
    this.#message(message === null || typeof message === 'string' ? message : JSON.stringify(message));
  }

  serverCloses(code: number): void {
    this.#close(code);
  }

  ofEvent(event: string): readonly SentMessage[] {
    return this.sent.filter((message) => message.event === event);
  }
}
