// The bench's hold on the process of its callers: opens calls, ends them, and hears what becomes of them.
import { fork, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { CallEnd, CallTarget, FromCallers, ToCallers, TurnMessage } from './messages.ts';

export interface CallWatcher {
  connected(): void;
  turn(turn: TurnMessage): void;
  ended(end: CallEnd): void;
}

/** What a load needs of the callers; tests put their own in its place. */
export interface Callers {
  /** Resolves nothing: the watcher is told. Calls are known by the number that is given back. */
  open(target: CallTarget, seed: number, watcher: CallWatcher): number;
  finish(call: number): void;
  hangUp(call: number): void;
}

export interface FleetFacts {
  readonly pid: number;
  readonly source: string;
  readonly clips: number;
  readonly seconds: number;
}

export interface FleetOptions {
  /** The folder of recorded speech. */
  readonly audio: string;
  readonly seed: number;
  /** Flags of Node itself. */
  readonly nodeArgs: readonly string[];
}

const KILL_AFTER_MS = 2_000;

export class CallerFleet implements Callers {
  readonly facts: FleetFacts;
  readonly #child: ChildProcess;
  readonly #watchers = new Map<number, CallWatcher>();
  readonly #exited: Promise<unknown>;
  #calls = 0;

  private constructor(child: ChildProcess, facts: FleetFacts) {
    this.#child = child;
    this.facts = facts;
    this.#exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
    child.on('message', (message: FromCallers) => {
      this.#take(message);
    });
    child.once('exit', () => {
      this.#lose();
    });
  }

  /** Runs the built caller-process.js. @throws Error when it cannot prepare its clips. */
  static async start({ audio, seed, nodeArgs }: FleetOptions): Promise<CallerFleet> {
    const program = new URL('./caller-process.js', import.meta.url);
    const stdio: StdioOptions = ['ignore', 'inherit', 'inherit', 'ipc'];
    const child = fork(program, { stdio, execArgv: [...nodeArgs] });
    const order: ToCallers = { type: 'prepare', audio, seed };
    child.send(order);
    const ended = once(child, 'exit').then((): never => {
      throw new Error('The process of the callers ended before it was ready.');
    });
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [FromCallers];
    ended.catch(() => undefined);
    if (answer.type === 'prepared') {
      const { source, clips, seconds } = answer;
      return new CallerFleet(child, { pid: child.pid ?? 0, source, clips, seconds });
    }
    child.kill('SIGKILL');
    throw new Error(answer.type === 'failed' ? answer.message : `unexpected answer: ${answer.type}`);
  }

  open(target: CallTarget, seed: number, watcher: CallWatcher): number {
    this.#calls += 1;
    this.#watchers.set(this.#calls, watcher);
    const { target: address, publicUrl, authToken, apiKey } = target;
    this.#send({
      type: 'open',
      call: this.#calls,
      seed,
      target: { target: address, publicUrl, authToken, apiKey },
    });
    return this.#calls;
  }

  finish(call: number): void {
    this.#send({ type: 'finish', call });
  }

  hangUp(call: number): void {
    this.#send({ type: 'hang-up', call });
  }

  /** Ends the process, by force if need be. Idempotent. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #send(message: ToCallers): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #take(message: FromCallers): void {
    if (!('call' in message)) return;
    const watcher = this.#watchers.get(message.call);
    if (message.type === 'turn') watcher?.turn(message);
    else if (message.type === 'connected') watcher?.connected();
    else {
      this.#watchers.delete(message.call);
      watcher?.ended(message);
    }
  }

  /** Without its process every call has failed. */
  #lose(): void {
    const end: CallEnd = {
      how: 'failed',
      framesSent: 0,
      framesLost: 0,
      maxLateMs: 0,
      problems: ['The process of the callers has ended.'],
    };
    for (const [call, watcher] of [...this.#watchers]) {
      this.#watchers.delete(call);
      watcher.ended(end);
    }
  }
}
