// `parley simulate campaign --no-audio`: weeks of a campaign in minutes, on a store in memory, judged by its audit.
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCampaign } from '../../config/campaign-file.ts';
import { ConfigError } from '../../config/config-error.ts';
import { ContactsError, readContacts } from '../../contacts/read-contacts.ts';
import { csvHeader, csvRows } from '../../contacts/write-results.ts';
import type { CampaignSpec } from '../../ports/campaign.ts';
import type { CampaignStore } from '../../ports/campaign-store.ts';
import { judgeAudit, type AuditedRow, type AuditVerdict } from '../../simulator/campaign-audit.ts';
import { MANY_FAULTS, NO_FAULTS } from '../../simulator/network/faults.ts';
import { USUAL_SHARES } from '../../simulator/network/population.ts';
import { VirtualClock } from '../../simulator/network/virtual-clock.ts';
import { openMemoryStore } from '../../store/open.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createSystemClock } from '../../telemetry/system-clock.ts';
import { progressBar } from '../progress-bar.ts';
import { runSilently } from './silent-run.ts';

export interface SilentCampaignOptions {
  readonly file: string;
  readonly contacts: string;
  readonly seed: number;
  /** Simulated seconds in one real second; Infinity goes as fast as it can. */
  readonly speed: number;
  /** Simulated time at which the campaign starts, and how many days it may take. */
  readonly from: number;
  readonly days: number;
  readonly faults: boolean;
  /** The folder for report.json and results.csv. */
  readonly out: string;
  readonly json: string | null;
}

const CAMPAIGN = 'simulated';
const DAY_MS = 86_400_000;
const PAGE = 1_000;
const SHOW_EVERY_MS = 200;
const EXIT_FAILED = 1;

/** Resolves with the exit code: 1 where a rule was broken. @throws ConfigError */
export async function simulateSilently(options: SilentCampaignOptions, signal: AbortSignal): Promise<number> {
  for (const file of [options.file, options.contacts]) {
    if (!existsSync(file))
      throw new ConfigError([{ file, key: '', found: 'no such file', expected: 'a readable file' }]);
  }
  const spec = readCampaign(options.file, readFileSync(options.file, 'utf8'));
  const logger = createLogger({ level: 'silent', transcripts: false });
  const store = await openMemoryStore(createSystemClock(), logger);
  try {
    const { campaigns, doNotCall } = store;
    await campaigns.create(CAMPAIGN, spec, options.from);
    const zones = await importContacts(campaigns, options, spec.defaultCountry);
    await campaigns.setState(CAMPAIGN, { from: ['draft'], to: 'running', reason: '', at: options.from });
    const clock = new VirtualClock(options.from);
    const until = options.from + options.days * DAY_MS;
    const pace = new Pace(options, until);
    const { campaign, calls, simulatedMs } = await runSilently({
      store: campaigns,
      doNotCall,
      campaignId: CAMPAIGN,
      clock,
      seed: options.seed,
      shares: USUAL_SHARES,
      faults: options.faults ? MANY_FAULTS : NO_FAULTS,
      account: spec,
      until,
      listed: [],
      logger,
      onProgress: (now) => pace.at(now, signal),
      signal,
    });
    pace.clear();
    const rows = await wholeAudit(campaigns);
    const verdict = judge(spec, rows, zones, campaign.state === 'running');
    const progress = await campaigns.progress(CAMPAIGN, clock.now());
    const report = {
      campaign: spec.name,
      state: campaign.state,
      reason: campaign.reason,
      calls,
      simulatedMs,
      progress,
      verdict,
    };
    mkdirSync(options.out, { recursive: true });
    for (const file of [join(options.out, 'report.json'), ...(options.json === null ? [] : [options.json])]) {
      writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    }
    await writeResults(campaigns, join(options.out, 'results.csv'));
    printReport(report, options.out);
    return verdict.violations.length === 0 ? 0 : EXIT_FAILED;
  } finally {
    await store.close();
  }
}

/** Keeps simulated time from running ahead of the speed that was asked for, and shows how far it is. */
class Pace {
  readonly #bar = progressBar(process.stderr);
  readonly #options: SilentCampaignOptions;
  readonly #until: number;
  readonly #startedMs = performance.now();
  #shownMs = -Infinity;

  constructor(options: SilentCampaignOptions, until: number) {
    this.#options = options;
    this.#until = until;
  }

  async at(now: number, signal: AbortSignal): Promise<void> {
    const { from, speed } = this.#options;
    if (performance.now() - this.#shownMs >= SHOW_EVERY_MS) {
      this.#shownMs = performance.now();
      this.#bar.show((now - from) / (this.#until - from), new Date(now).toISOString().slice(0, 16));
    }
    const dueMs = this.#startedMs + (now - from) / speed;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }

  clear(): void {
    this.#bar.clear();
  }
}

type Zones = ReadonlyMap<string, readonly string[]>;

async function importContacts(
  store: CampaignStore,
  { contacts: file, from }: SilentCampaignOptions,
  country: string | null,
): Promise<Zones> {
  const zones = new Map<string, readonly string[]>();
  let refused = 0;
  try {
    for await (const { contacts, rejected } of readContacts(createReadStream(file), country)) {
      await store.addContacts(CAMPAIGN, contacts, from);
      for (const contact of contacts) zones.set(contact.number, contact.zones);
      refused += rejected.length;
      for (const { line, reason } of rejected) process.stderr.write(`${file}:${line}: ${reason}\n`);
    }
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    throw new ConfigError([
      { file, key: '', found: error.message, expected: 'contacts as the README shows them' },
    ]);
  }
  process.stdout.write(`${zones.size} contacts, ${refused} rows refused.\n`);
  return zones;
}

async function wholeAudit(store: CampaignStore): Promise<readonly AuditedRow[]> {
  const rows: AuditedRow[] = [];
  for (;;) {
    const page = await store.audit(CAMPAIGN, rows.at(-1)?.seq ?? 0, PAGE);
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

function judge(
  spec: CampaignSpec,
  rows: readonly AuditedRow[],
  zones: Zones,
  stillRunning: boolean,
): AuditVerdict {
  return judgeAudit({
    rules: { ...spec, ...spec.window },
    rows,
    zonesOf: (number) => zones.get(number) ?? null,
    doNotCall: [],
    stillRunning,
  });
}

async function writeResults(store: CampaignStore, file: string): Promise<void> {
  const columns = await store.resultColumns(CAMPAIGN);
  const parts = [csvHeader(columns)];
  for (let line = 0; ;) {
    const page = await store.results(CAMPAIGN, line, PAGE);
    if (page.length === 0) break;
    parts.push(csvRows(page, columns, 'api'));
    line = page.at(-1)?.line ?? line;
  }
  writeFileSync(file, parts.join(''));
}

interface Report {
  readonly campaign: string;
  readonly state: string;
  readonly reason: string;
  readonly simulatedMs: number;
  readonly progress: {
    readonly ends: Readonly<Record<string, number>>;
    readonly scheduled: number;
    readonly attempts: number;
  };
  readonly verdict: AuditVerdict;
}

function printReport({ campaign, state, reason, simulatedMs, progress, verdict }: Report, out: string): void {
  const lines = [
    `${campaign}: ${state}${reason === '' ? '' : ` (${reason})`} after ${Math.round(simulatedMs / 3_600_000)} simulated hours`,
    `${verdict.dials} calls, at most ${verdict.mostAtOnce} at a time and ${verdict.mostInASecond} in a second, ${progress.scheduled} contacts still to be called`,
    ...Object.entries(progress.ends).map(([end, count]) => `  ${String(count).padStart(6)}  ${end}`),
    verdict.violations.length === 0
      ? 'The audit shows no call against a rule.'
      : `${verdict.violations.length} calls against a rule, the first: ${JSON.stringify(verdict.violations[0])}`,
    `Written to ${join(out, 'report.json')} and ${join(out, 'results.csv')}.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
