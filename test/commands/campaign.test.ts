// Campaigns as a user runs them: a simulated one from files to results, and what is said of what is wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const CAMPAIGN = 'config/campaigns/appointment-reminder.yaml';
const CONTACTS = 'config/campaigns/appointment-reminder.csv';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function parley(...args: readonly string[]): Run {
  return parleyWith({ PARLEY_API_KEY: 'key', PARLEY_SERVER: 'http://127.0.0.1:1' }, args);
}

function parleyWith(variables: Readonly<Record<string, string>>, args: readonly string[]): Run {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('parley simulate campaign', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-campaign-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs the delivered campaign to its end, by its own rules, the same way for the same seed', () => {
    const run = (): { readonly run: Run; readonly report: unknown; readonly results: string } => {
      const from = '2026-11-27T03:00:00Z';
      const args = [
        '--contacts',
        CONTACTS,
        '--no-audio',
        '--faults',
        '--seed',
        '3',
        '--from',
        from,
        '--out',
        folder,
      ];
      const done = parley('simulate', 'campaign', CAMPAIGN, ...args);
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
      return { run: done, report: JSON.parse(read('report.json')), results: read('results.csv') };
    };
    const first = run();
    expect(first.run).toMatchObject({ code: 0 });
    expect(first.run.out).toContain('The audit shows no call against a rule.');
    expect(first.report).toMatchObject({
      state: 'finished',
      verdict: { violations: [] },
      progress: { contacts: 3 },
    });
    expect(first.results.split('\n').filter((line) => line !== '')).toHaveLength(4);
    expect(run().report).toEqual(first.report);
  }, 60_000);

  it('says what is wrong with files, and with which line', () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, `${readFileSync(CAMPAIGN, 'utf8')}\nring: 5s\n`);
    expect(parley('simulate', 'campaign', bad, '--contacts', CONTACTS, '--no-audio')).toMatchObject({
      code: 2,
      err: expect.stringContaining('ring: found "5s", expected a time from 15s to 10m') as string,
    });
    expect(parley('simulate', 'campaign', CAMPAIGN, '--contacts', 'none.csv', '--no-audio')).toMatchObject({
      code: 2,
      err: expect.stringContaining('none.csv: found no such file') as string,
    });
    const table = join(folder, 'table.csv');
    writeFileSync(table, 'name\nAnna\n');
    expect(parley('simulate', 'campaign', CAMPAIGN, '--contacts', table, '--no-audio')).toMatchObject({
      code: 2,
      err: expect.stringContaining('line 1: found the columns "name", expected one called number') as string,
    });
  }, 60_000);
});

describe('commands that need a running server', () => {
  it.each([
    [['campaign', 'list'], 2, 'No server answers at http://127.0.0.1:1'],
    [['campaign', 'create', 'none.yaml', '--contacts', CONTACTS], 2, 'none.yaml: found no such file'],
    [['campaign', 'start'], 2, "missing required argument 'campaign'"],
    [['dnc', 'add', '5551234'], 2, 'expected a number with its country code'],
    [['dnc', 'import', 'none.txt'], 2, 'none.txt: found no such file'],
    [['call', '+15550100123', '--var', 'name'], 2, '--var: found "name", expected name=value'],
  ] as const)('say what to do: %j', (args, code, message) => {
    const run = parley(...args);
    expect(run.err).toContain(message);
    expect(run.code).toBe(code);
  });
});

describe('commands while no server runs', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-desk-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  // Port 1 is nobody's: no server of this machine is asked by mistake.
  const desk = (...args: readonly string[]): Run =>
    parleyWith({ DATA_DIR: join(folder, 'data'), PORT: '1', PARLEY_API_KEY: '', PARLEY_SERVER: '' }, args);

  it('work on the store itself, from the list of contacts to the export', () => {
    const created = desk('campaign', 'create', CAMPAIGN, '--contacts', CONTACTS);
    expect(created).toMatchObject({ code: 0 });
    expect(created.out).toContain('3 rows: 3 contacts are new, 0 were known, 0 were refused.');
    expect(created.err).toContain('the store is opened without one');
    expect(desk('campaign', 'start', 'appointment reminders')).toMatchObject({
      code: 2,
      err: expect.stringContaining('TWILIO_ACCOUNT_SID: it is not set') as string,
    });
    const csv = join(folder, 'results.csv');
    const transcripts = join(folder, 'transcripts');
    const exported = desk(
      ...['campaign', 'export', 'appointment reminders', '--out', csv, '--transcripts', transcripts],
    );
    expect(exported.code).toBe(0);
    expect(readFileSync(csv, 'utf8').trim().split('\n')).toHaveLength(4);
  }, 60_000);

  it('import a list of numbers, and tell which of its lines are none', () => {
    const list = join(folder, 'numbers.txt');
    writeFileSync(list, '# from the old system\n+12125550101\n(212) 555-0102\n+1 (212) 555-0103\n\n');
    const first = desk('dnc', 'import', list);
    expect(first).toMatchObject({
      code: 1,
      out: '2 numbers are new on the list, 0 were on it, 1 lines were refused.\n',
    });
    expect(first.err).toContain(`${list}:3: found no number with a country code.`);
    expect(desk('dnc', 'import', list).out).toContain('0 numbers are new on the list, 2 were on it');
    const json = join(folder, 'answer.json');
    expect(desk('dnc', 'check', '+12125550103', '--json', json).code).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ entry: { number: '+12125550103' } });
    expect(desk('dnc', 'remove', '+12125550103').code).toBe(0);
    expect(desk('dnc', 'check', '+12125550103').code).toBe(1);
  }, 60_000);
});
