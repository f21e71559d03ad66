// `parley callbacks`: the calls that people have asked to get.
import type { Command } from 'commander';
import { deskCommand, runAtDesk, type DeskFlags } from './desk-command.ts';
import { print } from './print.ts';

interface Callback {
  readonly id: string;
  readonly number: string;
  readonly agent: string;
  readonly at: number;
  readonly note: string;
}

export function registerCallbacks(program: Command): void {
  const callbacks = program.command('callbacks').description('calls that people have asked an agent to get');
  deskCommand(callbacks, 'list', 'those still to be made, the earliest first').action((flags: DeskFlags) =>
    runAtDesk(flags, async (server) => {
      const answer = (await server.json('GET', '/callbacks')) as { callbacks: readonly Callback[] };
      for (const { id, number, agent, at, note } of answer.callbacks) {
        print(`${id}  ${new Date(at).toISOString()}  ${number}  ${agent}  ${note}`);
      }
      return { code: 0, answer };
    }),
  );
  deskCommand(callbacks, 'done <id>', 'one was made').action((id: string, flags: DeskFlags) =>
    runAtDesk(flags, async (server) => {
      await server.json('POST', `/callbacks/${encodeURIComponent(id)}/done`);
      print('Done.');
      return { code: 0, answer: {} };
    }),
  );
}
