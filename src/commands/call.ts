// `parley call`: one call to a person, its words on the terminal as they are said.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { EXIT_INTERRUPTED, interruptible } from './interruptible.ts';
import { runningServer } from './reach-server.ts';
import { ServerError, withServer, type ServerClient, type ServerFlags } from './server-client.ts';

interface CallFlags extends ServerFlags {
  readonly agent?: string;
  readonly from?: string;
  readonly var?: readonly string[];
  readonly json?: string;
}

const POLL_MS = 300;
const EXIT_NOT_REACHED = 1;
/** Ends of a call in which nobody talked with the agent. */
const NOT_REACHED: readonly string[] = ['busy', 'no-answer', 'failed', 'canceled'];

export function registerCall(program: Command): void {
  program
    .command('call <number>')
    .description('call a number, e.g. +15550100123, and show what is said; needs a running server')
    .option('--agent <name>', "the agent (default: the server's)")
    .option('--from <number>', 'the caller ID (or TWILIO_FROM of the server)')
    .option('--var <name=value...>', "values for the agent's {{name}} places")
    .option('--server <url>', 'the running server (or PARLEY_SERVER; default: this machine)')
    .option('--json <file>', 'write what became of the call there, too')
    .action(async (number: string, flags: CallFlags) => {
      process.exitCode = await interruptible((signal) =>
        withServer(() => makeCall(runningServer(flags, process.env), number, flags, signal)),
      );
    });
}

interface MadeCall {
  readonly id: string;
  readonly state: {
    readonly kind: string;
    readonly callSid?: string | null;
    readonly status?: string;
    readonly outcome?: string;
  };
}

async function makeCall(
  server: ServerClient,
  to: string,
  flags: CallFlags,
  signal: AbortSignal,
): Promise<number> {
  const variables = Object.fromEntries((flags.var ?? []).map(variable));
  const { agent, from } = flags;
  const made = (await server.json('POST', '/calls', { to, agent, from, variables })) as MadeCall;
  const shown = new ShownCall(server);
  for (let call = made; ; call = (await server.json('GET', `/outbound/${made.id}`)) as MadeCall) {
    await shown.show(call);
    if (call.state.kind === 'ended') {
      if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(call, null, 2)}\n`);
      return ended(call);
    }
    if (signal.aborted) {
      process.stderr.write('The call goes on without being shown.\n');
      return EXIT_INTERRUPTED;
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function ended({ state }: MadeCall): number {
  const outcome = state.outcome ?? 'failed';
  process.stdout.write(`-- ${outcome}\n`);
  return NOT_REACHED.includes(outcome) ? EXIT_NOT_REACHED : 0;
}

function variable(written: string): readonly [string, string] {
  const [name = '', ...value] = written.split('=');
  if (name !== '' && value.length > 0) return [name, value.join('=')];
  throw new ServerError(0, `--var: found ${JSON.stringify(written)}, expected name=value.`);
}

interface Turn {
  readonly heard: string | null;
  readonly replied: string;
}

/** Each state and each turn is printed once. */
class ShownCall {
  readonly #server: ServerClient;
  #status = '';
  #turns = 0;

  constructor(server: ServerClient) {
    this.#server = server;
  }

  async show({ state }: MadeCall): Promise<void> {
    const status = state.status ?? state.kind;
    if (status !== this.#status && state.kind !== 'ended') process.stdout.write(`-- ${status}\n`);
    this.#status = status;
    const { callSid = null } = state;
    if (callSid !== null) await this.#showTurns(callSid, state.kind === 'ended');
  }

  async #showTurns(callSid: string, all: boolean): Promise<void> {
    const record = await this.#record(callSid);
    if (record === null) return;
    // The last turn is still being said.
    const ready = all || record.state === 'listening' ? record.turns.length : record.turns.length - 1;
    for (const { heard, replied } of record.turns.slice(this.#turns, ready)) {
      if (heard !== null) process.stdout.write(`callee: ${heard}\n`);
      if (replied !== '') process.stdout.write(`agent:  ${replied}\n`);
    }
    this.#turns = Math.max(this.#turns, ready);
  }

  /** Null before the callee has answered. */
  async #record(
    callSid: string,
  ): Promise<{ readonly state: string; readonly turns: readonly Turn[] } | null> {
    try {
      return (await this.#server.json('GET', `/calls/${callSid}`)) as {
        state: string;
        turns: readonly Turn[];
      };
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return null;
      throw error;
    }
  }
}
