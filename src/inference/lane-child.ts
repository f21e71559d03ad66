// One process of a lane: forks it, carries the messages, and ends it.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostMessage, LaneMessage } from './messages.ts';

/** A lane with nothing to do leaves in milliseconds; one that is stuck in a run is not waited for. */
const STOP_LIMIT_MS = ms(2_000);

export interface ChildEvents {
  message(message: LaneMessage): void;
  /** Exactly once, however it ended. */
  exit(how: string): void;
}

export class LaneChild {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(entry: URL, events: ChildEvents) {
    this.#process = fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      // The parent's own flags (a debugger's port, a test runner's loader) are not for the lanes.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message) => {
      events.message(message as unknown as LaneMessage);
    });
    this.#gone = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#process.removeAllListeners('message');
        events.exit(how);
        resolve();
      };
      this.#process.once('exit', (code, signal) => {
        end(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
      });
      this.#process.on('error', (error) => {
        // Without a process id it never began, and no exit follows.
        if (this.#process.pid === undefined) end(error.message);
      });
    });
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  /** A message to a process that is gone is lost; its exit tells. */
  send(message: HostMessage): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Lets it finish what it is doing, for a limited time. */
  async stop(clock: Clock): Promise<void> {
    this.send({ type: 'stop' });
    const cancel = clock.after(STOP_LIMIT_MS, () => {
      this.kill();
    });
    await this.#gone;
    cancel();
  }
}
