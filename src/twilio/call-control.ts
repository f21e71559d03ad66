// Calls over Twilio's REST API: created, hung up, found again.
import { z } from 'zod';
import { DialError, type CallControl, type NetworkCall } from '../ports/call-control.ts';
import type { EpochMs } from '../ports/clock.ts';
import { NOT_FOUND, notFound, type RestClient } from './rest-client.ts';

const call = z.object({
  sid: z.string(),
  to: z.string().catch(''),
  from: z.string().catch(''),
  status: z.enum([
    'queued',
    'ringing',
    'in-progress',
    'completed',
    'busy',
    'failed',
    'no-answer',
    'canceled',
  ]),
  answered_by: z.string().nullish(),
  date_created: z.string().nullish(),
  start_time: z.string().nullish(),
  end_time: z.string().nullish(),
  duration: z.string().nullish(),
});
const callList = z.object({ calls: z.array(z.unknown()) });
const numberList = z.object({
  incoming_phone_numbers: z.array(z.unknown()).optional(),
  outgoing_caller_ids: z.array(z.unknown()).optional(),
});

/** A call that has ended already cannot be ended again, and some time later is not known any more. */
const OVER_CODES: readonly (number | null)[] = [21_220, NOT_FOUND];
const PAGE_SIZE = '50';

export function twilioCallControl(rest: RestClient): CallControl {
  return {
    dial: async (request) =>
      callOf(
        await rest.post('Calls.json', {
          To: request.to,
          From: request.from,
          Url: request.answerUrl,
          StatusCallback: request.statusUrl,
          StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
          Timeout: request.ringTimeoutS,
          TimeLimit: request.timeLimitS,
          ...(request.amdUrl === null
            ? {}
            : {
                // Asynchronous: the callee hears the agent, not silence, until there is a verdict.
                MachineDetection: 'DetectMessageEnd',
                AsyncAmd: 'true',
                AsyncAmdStatusCallback: request.amdUrl,
              }),
          ...(request.recordingUrl === null
            ? {}
            : {
                Record: 'true',
                RecordingChannels: 'dual',
                RecordingStatusCallback: request.recordingUrl,
                RecordingStatusCallbackEvent: ['completed'],
              }),
        }),
      ),
    hangUp: async (callSid) => {
      try {
        await rest.post(`Calls/${callSid}.json`, { Status: 'completed' });
      } catch (error) {
        if (!(error instanceof DialError) || !OVER_CODES.includes(error.networkCode)) throw error;
      }
    },
    fetch: async (callSid) => {
      const found = await rest.get(`Calls/${callSid}.json`);
      return found === null ? null : callOf(found);
    },
    placedTo: async (number, since) => {
      // StartTime is empty while a call is queued, and a filter would leave it out: the newest page is filtered here.
      const found = await rest.get('Calls.json', { To: number, PageSize: PAGE_SIZE });
      if (found === null) throw notFound();
      const { calls } = read(callList, found);
      return calls.map(callOf).filter(({ createdAt }) => createdAt === null || createdAt >= toSecond(since));
    },
    check: async (callerId) => {
      const query = { PhoneNumber: callerId };
      if ((await rest.get('')) === null) {
        throw new DialError('bad-credentials', 'Twilio knows no account with this SID');
      }
      const owned = read(numberList, await rest.get('IncomingPhoneNumbers.json', query));
      if ((owned.incoming_phone_numbers ?? []).length > 0) return;
      const verified = read(numberList, await rest.get('OutgoingCallerIds.json', query));
      if ((verified.outgoing_caller_ids ?? []).length > 0) return;
      throw new DialError(
        'caller-id-not-owned',
        'the caller ID is no number of this account and not verified (21210)',
        {
          networkCode: 21_210,
        },
      );
    },
  };
}

/** Twilio's times have whole seconds. */
const toSecond = (at: EpochMs): EpochMs => Math.floor(at / 1_000) * 1_000;

function callOf(json: unknown): NetworkCall {
  const { sid, to, from, status, answered_by, date_created, start_time, end_time, duration } = read(
    call,
    json,
  );
  return {
    callSid: sid,
    to,
    from,
    status,
    answeredBy: answered_by ?? null,
    createdAt: timeOf(date_created),
    startedAt: timeOf(start_time),
    endedAt: timeOf(end_time),
    durationS: duration === null || duration === undefined ? null : Number(duration),
  };
}

function timeOf(text: string | null | undefined): EpochMs | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
}

/** An answer in another shape than documented tells nothing of what was done. */
function read<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new DialError(
    'answer-lost',
    `Twilio’s answer has an unknown shape: ${z.prettifyError(result.error)}`,
  );
}
