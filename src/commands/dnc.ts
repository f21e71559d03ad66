// `parley dnc`: the numbers that are never called.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { E164 } from '../ports/phone-number.ts';
import { deskCommand, runAtDesk, type DeskFlags, type Outcome } from './desk-command.ts';
import { EXIT_INTERRUPTED } from './interruptible.ts';
import { print } from './print.ts';
import { progressBar } from './progress-bar.ts';
import { ServerError, type ServerClient } from './server-client.ts';

const PAGE = 1_000;

export function registerDoNotCall(program: Command): void {
  const dnc = program.command('dnc').description('the do-not-call list: nobody on it is ever called');
  const add = (name: string, description: string): Command => deskCommand(dnc, name, description);
  add('add <numbers...>', 'put numbers on the list, e.g. +15550100123')
    .option('--note <text>', 'why', '')
    .action((numbers: string[], flags: DeskFlags & { note: string }) =>
      runAtDesk(flags, async (server) => {
        for (const number of numbers)
          await server.json('POST', '/do-not-call', { number: checked(number), note: flags.note });
        print(`${numbers.length} on the list.`);
        return { code: 0, answer: { numbers } };
      }),
    );
  add('remove <number>', 'take a number off the list; that is kept in the audit').action(
    (number: string, flags: DeskFlags) =>
      runAtDesk(flags, async (server) => {
        await server.json('DELETE', `/do-not-call/${encodeURIComponent(checked(number))}`);
        print('Removed.');
        return { code: 0, answer: { removed: number } };
      }),
  );
  add('check <number>', 'whether a number is on the list: exit code 0 if it is, 1 if not').action(
    (number: string, flags: DeskFlags) =>
      runAtDesk(flags, async (server) => {
        const entry = await found(server, checked(number));
        print(
          entry === null
            ? 'Not on the list.'
            : `On the list since ${new Date(entry.at).toISOString()} (${entry.source}).`,
        );
        return { code: entry === null ? 1 : 0, answer: { entry } };
      }),
  );
  add('list', 'all numbers, one a line').action((flags: DeskFlags) =>
    runAtDesk(flags, async (server) => {
      const listed: Entry[] = [];
      for (let after = ''; ;) {
        const path = `/do-not-call?limit=${PAGE}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
        const { entries } = (await server.json('GET', path)) as { entries: Entry[] };
        for (const { number, at, source } of entries)
          print(`${number}\t${new Date(at).toISOString()}\t${source}`);
        listed.push(...entries);
        if (entries.length < PAGE) return { code: 0, answer: { entries: listed } };
        after = entries.at(-1)?.number ?? after;
      }
    }),
  );
  add('import <file>', 'a file with one number a line; whatever else is in it is told and left out').action(
    (file: string, flags: DeskFlags) =>
      runAtDesk(flags, (server, signal) => importFile(server, file, signal)),
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

async function importFile(server: ServerClient, file: string, signal: AbortSignal): Promise<Outcome> {
  if (!existsSync(file)) throw new ServerError(0, `${file}: found no such file.`);
  const sums = { added: 0, known: 0, refused: 0 };
  const bar = progressBar(process.stderr);
  const bytes = statSync(file).size;
  let read = 0;
  let line = 0;
  let batch: string[] = [];
  const send = async (): Promise<void> => {
    if (batch.length === 0) return;
    const body = { numbers: batch, note: `import of ${basename(file)}` };
    const { added } = (await server.json('POST', '/do-not-call/batch', body)) as { added: number };
    sums.added += added;
    sums.known += batch.length - added;
    batch = [];
    bar.show(read / bytes, `${sums.added + sums.known} numbers`);
  };
  for await (const text of createInterface({ input: createReadStream(file, 'utf8') })) {
    line += 1;
    read += Buffer.byteLength(text) + 1;
    const number = plain(text);
    if (number === '' || number.startsWith('#')) continue;
    if (E164.test(number)) batch.push(number);
    else {
      sums.refused += 1;
      process.stderr.write(`${file}:${line}: found no number with a country code.\n`);
    }
    if (batch.length === PAGE) await send();
    if (signal.aborted) break;
  }
  await send();
  bar.clear();
  print(
    `${sums.added} numbers are new on the list, ${sums.known} were on it, ${sums.refused} lines were refused.`,
  );
  if (signal.aborted) return { code: EXIT_INTERRUPTED, answer: sums };
  return { code: sums.refused === 0 ? 0 : 1, answer: sums };
}

/** Without a byte-order mark, blanks and what people put between digits. */
const plain = (text: string): string => text.trim().replaceAll(/[\s().-]/g, '');

function checked(number: string): string {
  const found = plain(number);
  if (E164.test(found)) return found;
  throw new ServerError(
    0,
    `found ${JSON.stringify(number)}, expected a number with its country code, e.g. +15550100123.`,
  );
}
