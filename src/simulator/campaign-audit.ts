// Judges a campaign by its audit alone: whom it dialled, when, how fast and how often. Shares nothing with the dialler.

/** What the campaign was told to keep, in the words of its file. */
export interface CampaignRules {
  /** Per weekday, `sun` to `sat`: spans in minutes after local midnight; `to` <= `from` goes on into the next day. */
  readonly days: Readonly<Record<string, readonly { readonly from: number; readonly to: number }[]>>;
  /** Local dates, YYYY-MM-DD. */
  readonly holidays: readonly string[];
  readonly callsPerSecond: number;
  readonly maxConcurrentCalls: number;
  readonly maxAttempts: number;
  readonly maxAttemptsPerDay: number;
  readonly maxAttemptsPerNumber: number;
}

/** A row of the audit as the API gives it. */
export interface AuditedRow {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  readonly contactId: string | null;
  readonly attemptId: string | null;
  readonly number: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

export type ViolationKind =
  | 'outside-window'
  | 'do-not-call'
  | 'too-many-attempts'
  | 'too-many-in-a-day'
  | 'too-fast'
  | 'too-many-at-once'
  | 'dialled-twice'
  | 'ended-twice'
  | 'never-ended'
  | 'unknown-number';

export interface Violation {
  readonly kind: ViolationKind;
  readonly seq: number;
  readonly detail: string;
}

export interface AuditVerdict {
  readonly dials: number;
  readonly ended: number;
  readonly mostAtOnce: number;
  readonly mostInASecond: number;
  readonly violations: readonly Violation[];
}

export interface AuditInput {
  readonly rules: CampaignRules;
  readonly rows: readonly AuditedRow[];
  /** Where each callee may be, as whoever made the contacts knows it. */
  readonly zonesOf: (number: string) => readonly string[] | null;
  /** Listed before the campaign began. */
  readonly doNotCall: readonly string[];
  /** Attempts that are still open are no fault then. */
  readonly stillRunning: boolean;
}

const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;

export function judgeAudit(input: AuditInput): AuditVerdict {
  const rows = input.rows.toSorted((a, b) => a.seq - b.seq);
  const violations: Violation[] = [];
  const blame = (kind: ViolationKind, row: AuditedRow, detail: string): void => {
    violations.push({ kind, seq: row.seq, detail });
  };
  const outcomes = outcomesOf(rows);
  const dials = rows.filter(({ kind }) => kind === 'dial');
  const reached = dials.filter(({ attemptId }) => outcomes.get(attemptId ?? '') !== 'not-placed');
  judgeTimes(input, dials, blame);
  judgeCounts(input.rules, reached, blame);
  judgeRate(input.rules, dials, blame);
  judgeList(input, rows, blame);
  const mostAtOnce = judgeLives(input, rows, blame);
  return {
    dials: dials.length,
    ended: outcomes.size,
    mostAtOnce,
    mostInASecond: mostWithin(dials, 1_000),
    violations,
  };
}

type Blame = (kind: ViolationKind, row: AuditedRow, detail: string) => void;

function outcomesOf(rows: readonly AuditedRow[]): ReadonlyMap<string, string> {
  const ended = rows.filter(({ kind, attemptId }) => kind === 'ended' && attemptId !== null);
  return new Map(ended.map(({ attemptId, facts }) => [attemptId ?? '', String(facts['outcome'])]));
}

function judgeTimes({ rules, zonesOf }: AuditInput, dials: readonly AuditedRow[], blame: Blame): void {
  for (const dial of dials) {
    const zones = zonesOf(dial.number ?? '');
    if (zones === null || zones.length === 0) {
      blame('unknown-number', dial, 'a number that nobody asked to be called, or without a time zone');
      continue;
    }
    for (const zone of zones) {
      const local = localTime(dial.at, zone);
      if (!mayCall(rules, local)) {
        blame('outside-window', dial, `${local.weekday} ${local.date} minute ${local.minute} in ${zone}`);
      }
    }
  }
}

interface LocalTime {
  readonly weekday: string;
  readonly date: string;
  readonly minute: number;
  readonly dayBefore: string;
  readonly dateBefore: string;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function localTime(at: number, zone: string): LocalTime {
  const known = FORMATS.get(zone);
  const format =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  if (known === undefined) FORMATS.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const date = `${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const before = new Date(midnight - DAY_MS);
  return {
    weekday: WEEKDAYS[new Date(midnight).getUTCDay()] ?? '',
    date,
    minute: Number(parts['hour']) * 60 + Number(parts['minute']),
    dayBefore: WEEKDAYS[before.getUTCDay()] ?? '',
    dateBefore: before.toISOString().slice(0, 10),
  };
}

function mayCall({ days, holidays }: CampaignRules, local: LocalTime): boolean {
  if (holidays.includes(local.date)) return false;
  const today = (days[local.weekday] ?? []).some(({ from, to }) => {
    const end = to <= from ? MINUTES_A_DAY : to;
    return local.minute >= from && local.minute < end;
  });
  const lastNight =
    !holidays.includes(local.dateBefore) &&
    (days[local.dayBefore] ?? []).some(({ from, to }) => to <= from && local.minute < to);
  return today || lastNight;
}

function judgeCounts(rules: CampaignRules, dials: readonly AuditedRow[], blame: Blame): void {
  const byNumber = new Map<string, number[]>();
  for (const dial of dials) {
    const times = byNumber.get(dial.number ?? '') ?? [];
    times.push(dial.at);
    byNumber.set(dial.number ?? '', times);
    const most = Math.min(rules.maxAttempts, rules.maxAttemptsPerNumber);
    if (times.length > most) blame('too-many-attempts', dial, `attempt ${times.length} of at most ${most}`);
    const today = times.filter((at) => dial.at - at < DAY_MS).length;
    if (today > rules.maxAttemptsPerDay) blame('too-many-in-a-day', dial, `${today} within 24 hours`);
  }
}

function judgeRate({ callsPerSecond }: CampaignRules, dials: readonly AuditedRow[], blame: Blame): void {
  const most = Math.max(1, Math.floor(callsPerSecond));
  const withinMs = callsPerSecond >= 1 ? 1_000 : 1_000 / callsPerSecond;
  for (const [i, dial] of dials.entries()) {
    const earlier = dials[i - most];
    if (earlier !== undefined && dial.at - earlier.at < withinMs) {
      blame('too-fast', dial, `${most + 1} calls within ${dial.at - earlier.at} ms`);
    }
  }
}

function mostWithin(dials: readonly AuditedRow[], withinMs: number): number {
  let first = 0;
  let most = 0;
  for (const [i, dial] of dials.entries()) {
    while ((dials[first]?.at ?? dial.at) <= dial.at - withinMs) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

function judgeList({ doNotCall }: AuditInput, rows: readonly AuditedRow[], blame: Blame): void {
  const listed = new Set(doNotCall);
  for (const row of rows) {
    if (row.number === null) continue;
    if (row.kind === 'do-not-call-added') listed.add(row.number);
    if (row.kind === 'do-not-call-removed') listed.delete(row.number);
    if (row.kind === 'dial' && listed.has(row.number)) blame('do-not-call', row, 'a listed number');
  }
}

/** Every attempt begins once and ends once; returns how many were open at once. */
function judgeLives({ rules, stillRunning }: AuditInput, rows: readonly AuditedRow[], blame: Blame): number {
  const begun = new Map<string, AuditedRow>();
  const ended = new Set<string>();
  let most = 0;
  for (const row of rows) {
    const id = row.attemptId ?? '';
    if (row.kind === 'dial') {
      if (begun.has(id)) blame('dialled-twice', row, 'one attempt');
      begun.set(id, row);
      const open = begun.size - ended.size;
      most = Math.max(most, open);
      if (open > rules.maxConcurrentCalls) blame('too-many-at-once', row, `${open} open`);
    }
    if (row.kind === 'ended') {
      if (ended.has(id)) blame('ended-twice', row, 'one attempt');
      ended.add(id);
    }
  }
  if (stillRunning) return most;
  for (const [id, row] of begun) if (!ended.has(id)) blame('never-ended', row, 'an attempt is still open');
  return most;
}
