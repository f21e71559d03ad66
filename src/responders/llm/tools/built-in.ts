// The tools that every agent may be given: ending and handing on a call, keys, messages, opting out, callbacks.
import { DateTime } from 'luxon';
import { z } from 'zod';
import { TRANSFERRED } from '../../../ports/call-services.ts';
import { OPTED_OUT } from '../../../ports/outbound.ts';
import { E164 } from '../../../ports/phone-number.ts';
import { partyOf, ToolFault, type ModelTool, type ToolCall, type ToolOutcome } from './tool.ts';
import type { ToolsFile } from './tools-schema.ts';

const HUNG_UP = 'completed';

const MAX_SMS_CHARS = 480;
/** A callback is noted up to so far ahead. */
const MAX_CALLBACK_DAYS = 60;

interface Written<S extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  readonly effects?: 'lasting';
  readonly afterCancel?: 'undo';
  readonly run: (input: z.output<S>, call: ToolCall) => Promise<ToolOutcome> | ToolOutcome;
  readonly undo?: (input: z.output<S>, output: string, call: ToolCall) => Promise<void> | void;
}

/** The model's input was checked against the schema by then; it is read again so that defaults are filled. */
function built<S extends z.ZodType>(written: Written<S>): ModelTool {
  const { name, description, input, effects = 'none', afterCancel = 'keep', run, undo } = written;
  return {
    name,
    description,
    input,
    effects,
    afterCancel,
    run: async (given, call) => run(input.parse(given), call),
    ...(undo === undefined
      ? {}
      : {
          undo: async (given: unknown, output: string, call: ToolCall) =>
            undo(input.parse(given), output, call),
        }),
  };
}

/** Those that the file names. `zone` is the agent's. */
export function builtInTools(file: ToolsFile, zone: string): readonly ModelTool[] {
  return [
    ...(file.hang_up === undefined ? [] : [HANG_UP]),
    ...(file.transfer === undefined ? [] : [transferTool(file.transfer)]),
    ...(file.send_dtmf === undefined ? [] : [SEND_DTMF]),
    ...(file.send_sms === undefined ? [] : [SEND_SMS]),
    ...(file.take_message === undefined ? [] : [TAKE_MESSAGE]),
    ...(file.opt_out === undefined ? [] : [OPT_OUT]),
    ...(file.schedule_callback === undefined ? [] : [callbackTool(zone)]),
  ];
}

const HANG_UP = built({
  name: 'hang_up',
  description: 'End the call. Say goodbye first, in the same message.',
  input: z.object({}),
  run: () => ({ output: 'The call ends.', end: { say: 'Goodbye.', outcome: HUNG_UP } }),
});

function transferTool({ to, warm, ringS }: NonNullable<ToolsFile['transfer']>): ModelTool {
  const names = Object.keys(to);
  return built({
    name: 'transfer',
    description: `Connect the other party to a person: ${names.join(', ')}. Say first, in the same message, that you do.`,
    input: z.object({
      to: z.enum(names as [string, ...string[]]),
      ...(warm && {
        about: z.string().max(300).describe('What it is about, in one sentence for whoever answers.'),
      }),
    }),
    effects: 'lasting',
    run: (input, { facts, services }) => {
      const number = to[input.to] ?? '';
      const about = 'about' in input && typeof input.about === 'string' ? input.about : null;
      services.transfers.plan(facts.callSid, {
        to: number,
        announcement: warm ? (about ?? '') : null,
        ringS,
      });
      return {
        output: 'The call is handed on.',
        end: { say: 'One moment, I am connecting you.', outcome: TRANSFERRED },
      };
    },
  });
}

const SEND_DTMF = built({
  name: 'send_dtmf',
  description: 'Press telephone keys, for menus of other machines. w waits half a second.',
  input: z.object({ digits: z.string().regex(/^[0-9*#w]{1,40}$/) }),
  effects: 'lasting',
  run: ({ digits }) => ({ output: 'The keys were pressed.', part: { kind: 'tones', digits } }),
});

const SEND_SMS = built({
  name: 'send_sms',
  description: 'Send a text message to the telephone of the other party. Ask first whether they want one.',
  input: z.object({ text: z.string().min(1).max(MAX_SMS_CHARS) }),
  effects: 'lasting',
  run: async ({ text }, { facts, services }) => {
    const to = partyOf(facts);
    if (services.messenger === null) throw new ToolFault('Text messages cannot be sent from here.');
    if (!E164.test(to)) throw new ToolFault('The number of the other party is withheld.');
    await services.messenger.send({ to, text });
    return { output: 'The message was sent.' };
  },
});

const TAKE_MESSAGE = built({
  name: 'take_message',
  description: 'Write down a message for the staff.',
  input: z.object({
    message: z.string().min(1).max(2_000),
    from: z.string().max(200).optional().describe('Who it is from, if that was said.'),
    for: z.string().max(200).optional().describe('Whom it is for, if that was said.'),
  }),
  effects: 'lasting',
  run: (input, call) => {
    call.collect('message', input.message);
    if (input.from !== undefined) call.collect('message_from', input.from);
    if (input.for !== undefined) call.collect('message_for', input.for);
    return { output: 'The message was written down.' };
  },
});

const OPT_OUT = built({
  name: 'opt_out',
  description: 'The other party does not want to be called again, by anyone here. The call ends.',
  input: z.object({}),
  effects: 'lasting',
  run: async (_input, { facts, services }) => {
    const { callSid } = facts;
    // Whoever keeps the list tries on; the person is told the same.
    await services.optOuts.add({ callSid, number: partyOf(facts), how: 'words' }).catch((error: unknown) => {
      services.logger.error({ err: error }, 'opt-out not stored yet');
    });
    const say = 'I have taken this number off our list. You will not be called again. Goodbye.';
    return { output: 'The number will not be called again.', end: { say, outcome: OPTED_OUT } };
  },
});

function callbackTool(zone: string): ModelTool {
  return built({
    name: 'schedule_callback',
    description: 'Note that the other party wants to be called back.',
    input: z.object({
      at: z.string().describe(`When, as 2026-12-31T15:00, in the time zone ${zone}.`),
      note: z.string().max(500).describe('What it is about.'),
      number: z
        .string()
        .regex(E164)
        .optional()
        .describe('Only if it is another number than that of this call.'),
    }),
    effects: 'lasting',
    afterCancel: 'undo',
    run: async ({ at, note, number }, { facts, agent, services, collect }) => {
      const { callbacks, clock } = services;
      if (callbacks === null) throw new ToolFault('Callbacks cannot be noted here.');
      const to = number ?? partyOf(facts);
      if (!E164.test(to)) throw new ToolFault('The number is withheld: ask for one.');
      const time = DateTime.fromISO(at, { zone });
      const now = clock.date().getTime();
      if (!time.isValid) throw new ToolFault('That is no time such as 2026-12-31T15:00.');
      if (time.toMillis() < now) throw new ToolFault('That time has passed.');
      if (time.toMillis() > now + MAX_CALLBACK_DAYS * 86_400_000)
        throw new ToolFault('That is too far ahead.');
      const request = { callSid: facts.callSid, number: to, agent, at: time.toMillis(), note };
      const id = await callbacks.add(request, now);
      collect('callback', at);
      return { output: `Noted as ${id}.` };
    },
    undo: async (_input, output, { services }) => {
      const [, id] = /^Noted as (\S+)\.$/.exec(output) ?? [];
      if (id !== undefined) await services.callbacks?.remove(id);
    },
  });
}
