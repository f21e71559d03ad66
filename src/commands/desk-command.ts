// What the commands of the desk (campaigns, do-not-call, callbacks) share: their flags, where they ask, and how they end.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { interruptible } from './interruptible.ts';
import { withDesk } from './reach-server.ts';
import { withServer, type ServerClient, type ServerFlags } from './server-client.ts';

export interface DeskFlags extends ServerFlags {
  readonly json?: string;
}

export interface Outcome {
  /** Of the program. */
  readonly code: number;
  /** For `--json`. */
  readonly answer: object;
}

/** Adds a command with the flags that all of them have. */
export const deskCommand = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(description)
    .option('--server <url>', 'the running server (or PARLEY_SERVER; default: this machine)')
    .option('--json <file>', 'write the answer there, too');

export async function runAtDesk(
  flags: DeskFlags,
  command: (server: ServerClient, signal: AbortSignal) => Promise<Outcome>,
): Promise<void> {
  process.exitCode = await interruptible((signal) =>
    withServer(async () => {
      const { code, answer } = await withDesk(flags, process.env, (server) => command(server, signal));
      if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(answer, null, 2)}\n`);
      return code;
    }),
  );
}
