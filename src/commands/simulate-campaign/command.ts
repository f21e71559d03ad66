// `parley simulate campaign` and `parley demo-campaign`: campaigns on a simulated telephone network.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, type Command } from 'commander';
import { readCampaign } from '../../config/campaign-file.ts';
import { ConfigError } from '../../config/config-error.ts';
import { interruptible } from '../interruptible.ts';
import { withServer } from '../server-client.ts';
import { runHeard, type HeardCampaignReport } from './heard-run.ts';
import { simulateSilently } from './silent-command.ts';

interface CampaignFlags {
  readonly contacts: string;
  readonly seed: number;
  readonly speed: number;
  readonly from: number;
  readonly days: number;
  readonly faults: boolean;
  readonly audio: boolean;
  readonly out: string;
  readonly json?: string;
}

const DEMO_FILE = fileURLToPath(new URL('../../../config/campaigns/demo.yaml', import.meta.url));
const DEMO_CONTACTS = 200;
/** Of answered calls, at most: 47 CFR 64.1200(a)(7). */
const MOST_ABANDONED = 0.03;
const EXIT_FAILED = 1;

export function registerSimulateCampaign(simulate: Command): void {
  simulate
    .command('campaign <file>')
    .description('run a campaign on a simulated telephone network; with --no-audio weeks of it in minutes')
    .requiredOption('--contacts <csv>', 'the people to call')
    .option('--seed <number>', 'whose telephones do what', wholeNumber, 1)
    .option('--no-audio', 'decisions only: nothing is said, and simulated time hurries')
    .option(
      '--speed <times>',
      'simulated seconds a second, without audio (default: as fast as it can)',
      wholeNumber,
      Infinity,
    )
    .option(
      '--from <time>',
      'when it starts, without audio, e.g. 2026-10-26T09:00:00Z (default: now)',
      timeOf,
      Date.now(),
    )
    .option('--days <number>', 'how long it may take, without audio', wholeNumber, 14)
    .option('--faults', 'a bad network: lost answers, 429, callbacks lost, twice and late', false)
    .option('--out <dir>', 'folder for report.json and results.csv', join('out', 'campaign'))
    .option('--json <file>', 'write the report there, too')
    .action(async (file: string, flags: CampaignFlags) => {
      process.exitCode = await interruptible((signal) => {
        const { contacts, json = null } = flags;
        if (!flags.audio) return simulateSilently({ ...flags, file, contacts, json }, signal);
        return heard({ file, contacts, seed: flags.seed, out: flags.out, json }, signal);
      });
    });
}

export function registerDemoCampaign(program: Command): void {
  program
    .command('demo-campaign')
    .description(
      'call simulated people with real models: starts a server, a network and a campaign, compares what came of it',
    )
    .option('--contacts <number>', 'how many people', wholeNumber, DEMO_CONTACTS)
    .option('--seed <number>', 'whose telephones do what', wholeNumber, 1)
    .option('--out <dir>', 'folder for contacts, results and report', join('out', 'demo-campaign'))
    .option('--json <file>', 'write the report there, too')
    .action(async (flags: { contacts: number; seed: number; out: string; json?: string }) => {
      process.exitCode = await interruptible((signal) => {
        const contacts = join(flags.out, 'contacts.csv');
        mkdirSync(flags.out, { recursive: true });
        writeFileSync(contacts, demoContacts(flags.contacts));
        return heard(
          { file: DEMO_FILE, contacts, seed: flags.seed, out: flags.out, json: flags.json ?? null },
          signal,
        );
      });
    });
}

interface HeardFlags {
  readonly file: string;
  readonly contacts: string;
  readonly seed: number;
  readonly out: string;
  readonly json: string | null;
}

async function heard({ json, ...flags }: HeardFlags, signal: AbortSignal): Promise<number> {
  const { callerId, callsPerSecond } = readCampaign(flags.file, readFileOf(flags.file));
  return withServer(async () => {
    const report = await runHeard({ ...flags, callerId, callsPerSecond }, signal);
    if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    return printed(report, flags.out);
  });
}

function readFileOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError([{ file, key: '', found: 'no readable file', expected: 'a campaign file' }]);
  }
}

function printed(report: HeardCampaignReport, out: string): number {
  const { state, reason, contacts, ends, calls, mostAtOnce, minutes, firstAudioMs, abandonedShare } = report;
  const { agreeing, disagreeing, problems } = report;
  const lines = [
    `${contacts} contacts, ${calls} calls, at most ${mostAtOnce} people at a time, ${minutes} minutes: ${state}${reason === '' ? '' : ` (${reason})`}`,
    ...Object.entries(ends).map(([end, count]) => `  ${String(count).padStart(6)}  ${end}`),
    `First sound after "hello": median ${firstAudioMs.p50 ?? '-'} ms, 95th percentile ${firstAudioMs.p95 ?? '-'} ms (n = ${firstAudioMs.n}); abandoned ${Math.round(1_000 * abandonedShare) / 10} %`,
    `${agreeing} of ${agreeing + disagreeing.length} results say what the person said.`,
    ...disagreeing.map(({ number, persona, found }) => `  ${number} ${persona}: ${found}`),
    ...problems.slice(0, 5).map((problem) => `  problem: ${problem}`),
    `Written to ${join(out, 'report.json')} and ${join(out, 'results.csv')}.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const isRight = state === 'finished' && disagreeing.length === 0 && abandonedShare <= MOST_ABANDONED;
  return isRight ? 0 : EXIT_FAILED;
}

/** Fictitious numbers: 555-0100 to 555-0199 of several area codes. */
function demoContacts(count: number): string {
  const areas = ['212', '312', '303', '415', '602', '206', '305', '617', '713', '404'];
  const rows = Array.from({ length: count }, (_, i) => {
    const area = areas[i % areas.length] ?? '212';
    const last = String(100 + (Math.floor(i / areas.length) % 100)).padStart(4, '0');
    return `+1${area}555${last},Person ${i + 1},on Friday,ten a.m.,Person ${i + 1},2026-09-01,simulation`;
  });
  return `number,name,date,time,consent_who,consent_when,consent_how\n${rows.join('\n')}\n`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0.');
}

function timeOf(text: string): number {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('expected a time such as 2026-10-26T09:00:00Z.');
}
