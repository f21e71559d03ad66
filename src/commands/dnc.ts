// `parley dnc`: the numbers that are never called.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  serverClient,
  ServerError,
  withServer,
  type ServerClient,
  type ServerFlags,
} from './server-client.ts';

const PAGE = 1_000;
const E164 = /^\+[1-9]\d{6,14}$/;

export function registerDoNotCall(program: Command): void {
  const dnc = program.command('dnc').description('the do-not-call list: nobody on it is ever called');
  const add = (name: string, description: string): Command =>
    dnc
      .command(name)
      .description(description)
      .option('--server <url>', 'the running server (or PARLEY_SERVER; default: this machine)');
  add('add <numbers...>', 'put numbers on the list, e.g. +15550100123')
    .option('--note <text>', 'why', '')
    .action((numbers: string[], flags: ServerFlags & { note: string }) =>
      run(flags, async (server) => {
        for (const number of numbers)
          await server.json('POST', '/do-not-call', { number: checked(number), note: flags.note });
        print(`${numbers.length} on the list.`);
        return 0;
      }),
    );
  add('remove <number>', 'take a number off the list; that is kept in the audit').action(
    (number: string, flags: ServerFlags) =>
      run(flags, async (server) => {
        await server.json('DELETE', `/do-not-call/${encodeURIComponent(checked(number))}`);
        print('Removed.');
        return 0;
      }),
  );
  add('check <number>', 'whether a number is on the list: exit code 0 if it is, 1 if not').action(
    (number: string, flags: ServerFlags) =>
      run(flags, async (server) => {
        const entry = await found(server, checked(number));
        print(
          entry === null
            ? 'Not on the list.'
            : `On the list since ${new Date(entry.at).toISOString()} (${entry.source}).`,
        );
        return entry === null ? 1 : 0;
      }),
  );
  add('list', 'all numbers, one a line').action((flags: ServerFlags) =>
    run(flags, async (server) => {
      for (let after = ''; ;) {
        const path = `/do-not-call?limit=${PAGE}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
        const { entries } = (await server.json('GET', path)) as { entries: Entry[] };
        for (const { number, at, source } of entries)
          print(`${number}\t${new Date(at).toISOString()}\t${source}`);
        if (entries.length < PAGE) return 0;
        after = entries.at(-1)?.number ?? after;
      }
    }),
  );
  add('import <file>', 'a file with one number a line; whatever else is in it is told and left out').action(
    (file: string, flags: ServerFlags) => run(flags, (server) => importFile(server, file)),
  );
}

interface Entry {
  readonly number: string;
  readonly at: number;
  readonly source: string;
}

async function found(server: ServerClient, number: string): Promise<Entry | null> {
  try {
    return (await server.json('GET', `/do-not-call/${encodeURIComponent(number)}`)) as Entry;
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return null;
    throw error;
  }
}

async function importFile(server: ServerClient, file: string): Promise<number> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ServerError(0, `${file}: found no readable file.`, { cause: error });
  }
  let added = 0;
  let refused = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const number = line.trim().replaceAll(/[\s().-]/g, '');
    if (number === '' || number.startsWith('#')) continue;
    if (E164.test(number)) {
      await server.json('POST', '/do-not-call', { number, note: `import of ${file}` });
      added += 1;
    } else {
      refused += 1;
      process.stderr.write(`${file}:${index + 1}: found no number with a country code.\n`);
    }
  }
  print(`${added} on the list, ${refused} lines refused.`);
  return refused === 0 ? 0 : 1;
}

function checked(number: string): string {
  const plain = number.replaceAll(/[\s().-]/g, '');
  if (E164.test(plain)) return plain;
  throw new ServerError(
    0,
    `found ${JSON.stringify(number)}, expected a number with its country code, e.g. +15550100123.`,
  );
}

async function run(flags: ServerFlags, command: (server: ServerClient) => Promise<number>): Promise<void> {
  process.exitCode = await withServer(() => command(serverClient(flags, process.env)));
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
