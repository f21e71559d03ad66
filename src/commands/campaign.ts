// `parley campaign`: campaigns on a running server, from their file to their results.
import { createReadStream, createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { readCampaign } from '../config/campaign-file.ts';
import { exportResults, type ExportFlags } from './campaign-export.ts';
import { showStatus } from './campaign-status.ts';
import { deskCommand, runAtDesk, type DeskFlags } from './desk-command.ts';
import { EXIT_INTERRUPTED } from './interruptible.ts';
import { print } from './print.ts';
import { progressBar } from './progress-bar.ts';
import { ServerError, type ServerClient } from './server-client.ts';

const PAGE = 1_000;

export function registerCampaign(program: Command): void {
  const campaign = program
    .command('campaign')
    .description('call the people of a list: create, start, watch, export');
  const add = (name: string, description: string): Command => deskCommand(campaign, name, description);
  add(
    'create <file>',
    'read a campaign file and a list of contacts; says what is missing before it may start',
  )
    .requiredOption('--contacts <csv>', 'the people to call: a CSV with a number in each row')
    .action((file: string, flags: DeskFlags & { contacts: string }) =>
      run(flags, (server) => create(server, file, flags)),
    );
  for (const [name, what] of [
    ['start', 'begin to call'],
    ['pause', 'call nobody more; calls in progress go on'],
    ['resume', 'go on calling'],
    ['cancel', 'call nobody more, for good'],
  ] as const) {
    add(`${name} <campaign>`, what).action((id: string, flags: DeskFlags) =>
      run(flags, async (server) => {
        const answer = (await server.json('POST', `/campaigns/${encodeURIComponent(id)}/${name}`)) as {
          state: string;
        };
        print(`${id}: ${answer.state}`);
        return answer;
      }),
    );
  }
  add('status <campaign>', 'how it stands')
    .option('--watch', 'until it is over')
    .action((id: string, flags: DeskFlags & { watch?: boolean }) =>
      run(flags, (server, signal) => showStatus(server, id, flags, signal)),
    );
  add('list', 'all campaigns, the newest first').action((flags: DeskFlags) =>
    run(flags, async (server) => {
      const answer = (await server.json('GET', '/campaigns')) as {
        campaigns: { id: string; state: string; spec: { name: string } }[];
      };
      for (const { id, state, spec } of answer.campaigns) print(`${id}  ${state.padEnd(9)}  ${spec.name}`);
      return answer;
    }),
  );
  add('export <campaign>', 'what became of each contact, as CSV or lines of JSON')
    .option('--format <format>', 'csv or json', 'csv')
    .option('--out <file>', 'the file to write (default: standard output)')
    .option('--transcripts <folder>', 'write what was said in each call there, one file a call')
    .action((id: string, flags: DeskFlags & ExportFlags) =>
      run(flags, (server, signal) => exportResults(server, id, flags, signal)),
    );
  add('audit <campaign>', 'every decision to dial or not to dial, as lines of JSON').action(
    (id: string, flags: DeskFlags) =>
      run(flags, async (server) => {
        for (let after = 0; ;) {
          const path = `/campaigns/${encodeURIComponent(id)}/audit?after=${after}&limit=${PAGE}`;
          const { rows } = (await server.json('GET', path)) as { rows: { seq: number }[] };
          for (const row of rows) print(JSON.stringify(row));
          if (rows.length < PAGE) return {};
          after = rows.at(-1)?.seq ?? after;
        }
      }),
  );
}

/** Interrupted, whatever had come of it. */
const run = (
  flags: DeskFlags,
  command: (server: ServerClient, signal: AbortSignal) => Promise<object>,
): Promise<void> =>
  runAtDesk(flags, async (server, signal) => {
    const answer = await command(server, signal);
    return { code: signal.aborted ? EXIT_INTERRUPTED : 0, answer };
  });

interface Imported {
  readonly rows: number;
  readonly added: number;
  readonly known: number;
  readonly rejected: number;
}

/** The same command again goes on where an interrupted one has stopped: a number is taken once. */
async function create(server: ServerClient, file: string, flags: { contacts: string }): Promise<object> {
  if (!existsSync(flags.contacts)) throw new ServerError(0, `${flags.contacts}: found no such file.`);
  if (!existsSync(file)) throw new ServerError(0, `${file}: found no such file.`);
  const yaml = readFileSync(file, 'utf8');
  const spec = readCampaign(file, yaml);
  const known = await existing(server, spec.name);
  const made =
    known ?? ((await server.json('POST', '/campaigns', { file: basename(file), yaml })) as Created);
  const { campaign, missing } = made;
  print(
    known === null
      ? `Campaign ${campaign.id} (${spec.name}) was created.`
      : `Campaign ${campaign.id} (${spec.name}) is there already; contacts are added.`,
  );
  const bytes = statSync(flags.contacts).size;
  const bar = progressBar(process.stderr);
  let read = 0;
  const stream = createReadStream(flags.contacts);
  stream.on('data', (chunk) => {
    read += chunk.length;
    bar.show(read / bytes, `${Math.round(read / 1_024)} of ${Math.round(bytes / 1_024)} kB`);
  });
  const body = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  const imported = (await server.send(`/campaigns/${campaign.id}/contacts`, 'text/csv', body)) as Imported;
  bar.clear();
  print(
    `${imported.rows} rows: ${imported.added} contacts are new, ${imported.known} were known, ${imported.rejected} were refused.`,
  );
  if (imported.rejected > 0) await writeRejected(server, campaign.id, `${flags.contacts}.rejected.csv`);
  for (const line of missing) print(`Missing: ${line}`);
  if (missing.length === 0) print(`Start it with: parley campaign start ${campaign.id}`);
  return { ...made, imported };
}

interface Created {
  readonly campaign: { readonly id: string };
  readonly missing: readonly string[];
}

async function existing(server: ServerClient, name: string): Promise<Created | null> {
  const { campaigns } = (await server.json('GET', '/campaigns')) as {
    campaigns: { id: string; spec: { name: string } }[];
  };
  const same = campaigns.find(({ spec }) => spec.name === name);
  return same === undefined ? null : { campaign: same, missing: [] };
}

async function writeRejected(server: ServerClient, id: string, file: string): Promise<void> {
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const out = createWriteStream(file);
  out.write('line,reason,row\n');
  for (let after = 0; ;) {
    const path = `/campaigns/${id}/rejected?after=${after}&limit=${PAGE}`;
    const { rows } = (await server.json('GET', path)) as {
      rows: { line: number; reason: string; text: string }[];
    };
    for (const { line, reason, text } of rows) out.write(`${line},${cell(reason)},${cell(text)}\n`);
    if (rows.length < PAGE) break;
    after = rows.at(-1)?.line ?? after;
  }
  await new Promise<void>((resolve) => out.end(resolve));
  print(`What was refused, and why, is in ${file}.`);
}
