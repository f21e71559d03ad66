// Reads a campaign file into what the dialler keeps to, and refuses, with line and key, what may not be done.
import { WEEKDAYS, type CallingWindow, type CampaignSpec, type WindowSpan } from '../ports/campaign.ts';
import { campaignSchema, type CampaignFile } from './campaign-schema.ts';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

/** The hours in which people may be called in the United States: 47 CFR 64.1200(c)(1). */
const USUAL_HOURS: WindowSpan = { from: 8 * 60, to: 21 * 60 };

/** `file` is only used in messages. @throws ConfigError with every fault. */
export function readCampaign(file: string, text: string): CampaignSpec {
  const yaml = parseYaml(file, text, campaignSchema);
  const { value } = yaml;
  const window = windowOf(value);
  const faults = [...hoursFaults(yaml, window), ...orderFaults(yaml)];
  if (faults.length > 0) throw new ConfigError(faults);
  return specOf(value, window);
}

function specOf(value: CampaignFile, window: CallingWindow): CampaignSpec {
  const { name, agent, callerId, business, callbackNumber, variables, callsPerSecond } = value;
  const { maxConcurrentCalls, maxAttempts, maxAttemptsPerDay, maxAttemptsPerNumber, breaker } = value;
  const rules = Object.entries(value.retry).flatMap(([outcome, rule]) =>
    rule === undefined ? [] : [[outcome, { afterMs: rule.after, most: rule.most }] as const],
  );
  return {
    name,
    agent,
    callerId,
    business,
    callbackNumber,
    defaultCountry: value.defaultCountry ?? null,
    variables,
    callsPerSecond,
    maxConcurrentCalls,
    window,
    retry: Object.fromEntries(rules),
    maxAttempts,
    maxAttemptsPerDay,
    maxAttemptsPerNumber,
    droppedBeforeS: value.droppedBefore / 1_000,
    ringTimeoutS: value.ring / 1_000,
    maxCallS: value.maxCall / 1_000,
    record: value.record,
    voicemail:
      value.voicemail === undefined
        ? { action: 'hang-up' }
        : { action: 'leave-message', message: value.voicemail.message },
    holdGreetingMs: value.holdGreeting,
    endsAt: value.endsAt === undefined ? null : Date.parse(value.endsAt),
    breaker,
    consent:
      value.consent === 'required' ? { kind: 'required' } : { kind: 'exempt', rule: value.consent.exempt },
  };
}

/** A weekday's own spans take the place of `daily`. */
function windowOf({ window, holidays }: CampaignFile): CallingWindow {
  const days = WEEKDAYS.flatMap((day) => {
    const spans = window[day] ?? window.daily ?? [];
    return spans.length === 0 ? [] : [[day, spans] as const];
  });
  return { days: Object.fromEntries(days), holidays };
}

function hoursFaults({ file, value, lineOf }: YamlFile<CampaignFile>, window: CallingWindow): ConfigFault[] {
  if (value.unusualHours !== undefined) return [];
  return WEEKDAYS.flatMap((day) => {
    const unusual = (window.days[day] ?? []).find(
      ({ from, to }) => from < USUAL_HOURS.from || to > USUAL_HOURS.to || to <= from,
    );
    if (unusual === undefined) return [];
    const key = value.window[day] === undefined ? ['window', 'daily'] : ['window', day];
    return {
      file,
      line: lineOf(key),
      key: key.join('.'),
      found: `${clock(unusual.from)}-${clock(unusual.to)}`,
      expected: 'a time from 08:00 to 21:00, or the reason why not in unusualHours',
    };
  }).filter((fault, i, all) => all.findIndex(({ key }) => key === fault.key) === i);
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

function orderFaults({ file, value, lineOf }: YamlFile<CampaignFile>): ConfigFault[] {
  if (value.maxAttempts <= value.maxAttemptsPerNumber) return [];
  return [
    {
      file,
      line: lineOf(['maxAttempts']),
      key: 'maxAttempts',
      found: String(value.maxAttempts),
      expected: `at most maxAttemptsPerNumber (${value.maxAttemptsPerNumber})`,
    },
  ];
}
