// The shape of a campaign file: every key, its range, and what it is when it is left out.
import { z } from 'zod';
import { RETRY_OUTCOMES, WEEKDAYS } from '../ports/campaign.ts';
import { E164 } from '../ports/phone-number.ts';

const text = z.string().trim().min(1).max(1_000);
const number = z
  .string()
  .regex(E164, 'a telephone number in quotes with its country code, e.g. "+15550100123"');
const agentName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'an agent name: small letters, digits and single hyphens');

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,5})\s*([smhd])$/;

function msOf(written: string): number {
  const [, count = '', unit = ''] = DURATION.exec(written) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

const written = z.string().regex(DURATION, 'a time such as 45s, 30m, 2h or 1d');
/** `30m`, `2h`, `1d`; milliseconds come out. */
const duration = written.transform(msOf);

const SPAN = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;
const MINUTES_A_DAY = 1_440;

/** `09:00-20:00`; an end before the beginning is in the next day. */
const span = z
  .string()
  .regex(SPAN, 'a span such as 09:00-20:00')
  .transform((written, context) => {
    const [, fromHour = '', fromMinute = '', toHour = '', toMinute = ''] = SPAN.exec(written) ?? [];
    const from = Number(fromHour) * 60 + Number(fromMinute);
    const to = Number(toHour) * 60 + Number(toMinute);
    if (from === to || from >= MINUTES_A_DAY || to > MINUTES_A_DAY) {
      context.addIssue({
        code: 'custom',
        message: 'a span of some time between 00:00 and 24:00',
        input: written,
      });
    }
    return { from, to };
  });

const spans = z.union(
  [z.literal('closed').transform(() => []), span.transform((one) => [one]), z.array(span).min(1).max(10)],
  { error: 'a span of some time such as 09:00-20:00, up to ten of them in a list, or closed' },
);
const weekdays = Object.fromEntries(WEEKDAYS.map((day) => [day, spans.optional()])) as Record<
  (typeof WEEKDAYS)[number],
  z.ZodOptional<typeof spans>
>;

const window = z
  .strictObject({ daily: spans.optional(), ...weekdays })
  .refine((days) => Object.values(days).some((one) => one !== undefined && one.length > 0), {
    message: 'at least one day on which people may be called, e.g. daily: 09:00-20:00',
  });

const date = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a date in quotes, e.g. "2026-12-25"');
const rule = z.strictObject({ after: duration, most: z.int().min(1).max(100) });
const retry = Object.fromEntries(RETRY_OUTCOMES.map((outcome) => [outcome, rule.optional()])) as Record<
  (typeof RETRY_OUTCOMES)[number],
  z.ZodOptional<typeof rule>
>;

export const DEFAULT_RETRY = {
  busy: { after: '30m', most: 3 },
  'no-answer': { after: '2h', most: 3 },
  voicemail: { after: '4h', most: 2 },
  failed: { after: '1h', most: 2 },
  dropped: { after: '1h', most: 2 },
  abandoned: { after: '1h', most: 2 },
  canceled: { after: '1h', most: 2 },
  lost: { after: '1h', most: 2 },
} as const;

export const campaignSchema = z.strictObject({
  name: text.max(100),
  agent: agentName,
  callerId: number,
  /** Who is responsible for the call; said at its start. */
  business: text.max(200),
  callbackNumber: number,
  variables: z.record(z.string(), z.string().max(1_000)).default({}),
  callsPerSecond: z.number().min(0.1).max(100).default(1),
  maxConcurrentCalls: z.int().min(1).max(1_000).default(8),
  window,
  holidays: z.array(date).max(1_000).default([]),
  /** Why somebody may be called before 08:00 or after 21:00. */
  unusualHours: text.optional(),
  retry: z.strictObject(retry).prefault(DEFAULT_RETRY),
  maxAttempts: z.int().min(1).max(100).default(3),
  maxAttemptsPerDay: z.int().min(1).max(100).default(3),
  maxAttemptsPerNumber: z.int().min(1).max(1_000).default(10),
  droppedBefore: duration.prefault('10s'),
  /** At least 15 s: whoever gives up sooner abandons the call (47 CFR 64.1200(a)(6)). */
  ring: written
    .refine((text) => msOf(text) >= 15_000 && msOf(text) <= 600_000, 'a time from 15s to 10m')
    .transform(msOf)
    .prefault('25s'),
  maxCall: duration.prefault('15m'),
  /** By the network; the greeting must then say so. */
  record: z.boolean().default(false),
  voicemail: z.strictObject({ message: text }).optional(),
  holdGreeting: duration.prefault('2s'),
  endsAt: z.iso.datetime({ offset: true, message: 'a time such as "2026-12-31T18:00:00-05:00"' }).optional(),
  breaker: z
    .strictObject({ attempts: z.int().min(5).max(1_000), share: z.number().min(0.01).max(1) })
    .default({ attempts: 20, share: 0.5 }),
  consent: z.union([z.literal('required'), z.strictObject({ exempt: text })]).default('required'),
  /** Numbers without a country code belong to it; without it they are refused. */
  defaultCountry: z
    .string()
    .regex(/^[A-Z]{2}$/, 'two capital letters, e.g. US')
    .optional(),
});

export type CampaignFile = z.output<typeof campaignSchema>;
