// One process of a lane: forks it, carries the messages, and ends it.
import { fork, type ChildProcess } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostMessage, LaneMessage } from './messages.ts';

/** A lane with nothing to do leaves in milliseconds; one that is stuck in a run is not waited for. */
const STOP_LIMIT_MS = ms(2_000);
const LOWEST_PRIORITY = constants.priority.PRIORITY_LOW;

export interface ChildEvents {
  message(message: LaneMessage): void;
  /** Exactly once, however it ended. */
  exit(how: string): void;
}

/** What supervision needs of it. */
export type LaneChildPort = Pick<LaneChild, 'pid' | 'exited' | 'send' | 'kill' | 'stop' | 'lowerPriority'>;

export class LaneChild {
  /** Resolves when it is gone, however it ended. */
  readonly exited: Promise<void>;
  readonly #process: ChildProcess | Error;

  constructor(entry: URL, events: ChildEvents) {
    const process = forked(entry);
    this.#process = process;
    this.exited = new Promise<string>((resolve) => {
      if (process instanceof Error) {
        resolve(process.message);
        return;
      }
      process.on('message', (message) => {
        events.message(message as unknown as LaneMessage);
      });
      process.once('exit', (code, signal) => {
        resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
      });
      process.on('error', (error) => {
        // Without a process id it never began, and no exit follows.
        if (process.pid === undefined) resolve(error.message);
      });
    }).then((how) => {
      if (!(process instanceof Error)) process.removeAllListeners('message');
      events.exit(how);
    });
  }

  get pid(): number | null {
    return this.#process instanceof Error ? null : (this.#process.pid ?? null);
  }

  /** A message to a process that is gone is lost; its exit tells. */
  send(message: HostMessage): void {
    if (this.#process instanceof Error || !this.#process.connected) return;
    this.#process.send(message, () => undefined);
  }

  /** Ends a stopped process as well. */
  kill(): void {
    if (!(this.#process instanceof Error)) this.#process.kill('SIGKILL');
  }

  /** Below this process, which any user may do; threads that the child starts from now on inherit it. @throws SystemError */
  lowerPriority(by: number): void {
    const { pid } = this;
    if (pid !== null) setPriority(pid, Math.min(LOWEST_PRIORITY, getPriority() + by));
  }

  /** Lets it finish what it is doing, for a limited time. */
  async stop(clock: Clock): Promise<void> {
    this.send({ type: 'stop' });
    const cancel = clock.after(STOP_LIMIT_MS, () => {
      this.kill();
    });
    await this.exited;
    cancel();
  }
}

/** What goes wrong at once, as no memory for another process, is the end of it like any other. */
function forked(entry: URL): ChildProcess | Error {
  try {
    return fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      // The parent's own flags (a debugger's port, a test runner's loader) are not for the lanes.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
