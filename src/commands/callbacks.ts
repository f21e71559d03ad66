// `parley callbacks`: the calls that people have asked to get.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { interruptible } from './interruptible.ts';
import { print } from './print.ts';
import { withDesk } from './reach-server.ts';
import { withServer, type ServerClient, type ServerFlags } from './server-client.ts';

interface CallbackFlags extends ServerFlags {
  readonly json?: string;
}

interface Callback {
  readonly id: string;
  readonly number: string;
  readonly agent: string;
  readonly at: number;
  readonly note: string;
}

export function registerCallbacks(program: Command): void {
  const callbacks = program.command('callbacks').description('calls that people have asked an agent to get');
  const add = (name: string, description: string): Command =>
    callbacks
      .command(name)
      .description(description)
      .option('--server <url>', 'the running server (or PARLEY_SERVER; default: this machine)')
      .option('--json <file>', 'write the answer there, too');
  add('list', 'those still to be made, the earliest first').action((flags: CallbackFlags) =>
    run(flags, async (server) => {
      const answer = (await server.json('GET', '/callbacks')) as { callbacks: readonly Callback[] };
      for (const { id, number, agent, at, note } of answer.callbacks) {
        print(`${id}  ${new Date(at).toISOString()}  ${number}  ${agent}  ${note}`);
      }
      return answer;
    }),
  );
  add('done <id>', 'one was made').action((id: string, flags: CallbackFlags) =>
    run(flags, async (server) => {
      await server.json('POST', `/callbacks/${encodeURIComponent(id)}/done`);
      print('Done.');
      return {};
    }),
  );
}

async function run(flags: CallbackFlags, command: (server: ServerClient) => Promise<object>): Promise<void> {
  process.exitCode = await interruptible(() =>
    withServer(async () => {
      const answer = await withDesk(flags, process.env, command);
      if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(answer, null, 2)}\n`);
      return 0;
    }),
  );
}
