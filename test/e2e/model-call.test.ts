// Calls with a language model over Twilio's wire: recorded people, real speech models, tools, a transfer, cut replies.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultyCall, HANG_UP, speak } from '../support/faulty-call.ts';
import {
  lastSaid,
  ModelServer,
  toolResults,
  type Answer,
  type ChatRequest,
} from '../support/model-server.ts';
import { overTheLine, RECORDINGS, recordings } from '../support/recordings.ts';
import { PATIENT_CONFIG, startServer, type ServerProcess } from '../support/server-process.ts';

const SAID = [
  'gcp_book_a_room',
  'call_bigjim_06_caller',
  'call_bigjim_13_caller',
  'call_chromecast_05_caller',
  'gcp_brooklyn_bridge',
  'unmute_Bear-or-shark-trim',
  'libri_1089-134691-0000',
  'call_chromecast_07_caller',
  'libri_118-121721-0000',
  'gcp_hello_gemini',
  'libri_2414-128291-0006',
  'call_bigjim_17_caller',
] as const;

/** One answer a turn, by how many things the caller has said. */
const ANSWERS: readonly (readonly Answer[])[] = [
  [
    { text: 'Let me see.', tools: [{ name: 'look_up', input: { day: 'monday' } }] },
    { text: 'On Monday there is nine or ten.' },
  ],
  [{ text: 'Tuesday it is, then.' }],
  [{ text: 'The number is 555-0123. Shall I note it?' }],
  [{ text: 'Good, that is fine with us.' }],
  [{ text: 'It was opened long ago, in eighteen eighty three.' }],
  [{ text: 'I would say the shark. But who knows?' }],
  [{ text: 'Well, waiting is hard. I am nearly done.' }],
  [
    { tools: [{ name: 'book', input: { day: 'tuesday', time: 'ten' } }] },
    { text: 'Your room is booked for Tuesday at ten.' },
  ],
  [{ text: '**True enough.** Is there anything else?' }],
  [{ text: 'Yes, I am still here.' }],
  [{ text: 'I am sorry to hear that.' }],
  [
    {
      text: 'I will connect you to the front desk now.',
      tools: [{ name: 'transfer', input: { to: 'front desk', about: 'A room on Tuesday at ten.' } }],
    },
  ],
];

const turnsOf = ({ messages }: ChatRequest): number =>
  messages.filter(({ role }) => role === 'user').length - 1;

const script = (request: ChatRequest): Answer => {
  const steps = ANSWERS[turnsOf(request) - 1] ?? [{ text: 'Thank you. Goodbye.' }];
  const used = Object.keys(toolResults(request)).length;
  return { firstTokenMs: 100, tokenMs: 17, ...(steps[used] ?? steps.at(-1)) };
};

const available = recordings().filter(({ path }) => SAID.some((name) => path.endsWith(`/${name}.wav`)));

describe.skipIf(available.length === 0)('a call with a language model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-model-call-'));
  const agents = join(folder, 'agents');
  const asked: string[] = [];
  let model: ModelServer;
  let web: Server;
  let server: ServerProcess;

  beforeAll(async () => {
    mkdirSync(agents);
    model = await ModelServer.start(script);
    web = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json');
      response.end('{"free":["nine","ten"]}');
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    writeFileSync(
      join(agents, 'hotel.yaml'),
      `name: hotel
language: en-US
voice: slt
timezone: America/New_York
greeting: Hello, this is the Harbour Hotel. What can I do for you?
model:
  provider: openai-compatible
  model: test
  baseUrl: ${model.url}
  instructions: You take bookings for a hotel.
  firstTokenMs: 4000
  tools:
    transfer: { to: { front desk: '+15550100111' }, warm: true, ringS: 15 }
    http:
      look_up: { description: Free rooms., parameters: { day: {} }, url: '${webUrl}/free/{{day}}' }
    files: [book.ts]
`,
    );
    writeFileSync(
      join(agents, 'book.ts'),
      `import { z } from 'zod';
export const tools = [{
  name: 'book', description: 'Books a room.', effects: 'lasting',
  input: z.object({ day: z.string(), time: z.string() }),
  run: ({ day, time }, call) => { call.collect('booked', day + ' ' + time); return { ok: true }; },
}];
`,
    );
    const config = join(folder, 'config.yaml');
    const patient = readFileSync(PATIENT_CONFIG, 'utf8');
    writeFileSync(config, `${patient}\nagents: { folder: '${agents}', default: hotel }\n`);
    server = await startServer({ PARLEY_CONFIG: config });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await model.close();
    web.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const clip = (name: string): Int16Array =>
    overTheLine(available.find(({ path }) => path === join(RECORDINGS, 'utterances', `${name}.wav`))!);

  it('answers twelve turns, looks up, books, and hands the call on', async () => {
    const call = await faultyCall(server, folder, {
      number: 1,
      agent: 'hotel',
      steps: SAID.map((name) => speak(clip(name))),
      patience: { pauseMs: 700 },
    });
    const turns = call.record.turns.filter(({ heard, replied }) => heard !== null && replied !== '');
    console.info(turns.map(({ heard, replied }) => `${String(heard)} -> ${replied}`).join('\n'));
    expect(call.result.problems).toEqual([]);
    expect(turns).toHaveLength(12);
    expect(turns[0]?.replied).toBe('Let me see. On Monday there is nine or ten.');
    expect(turns[2]?.replied).toBe('The number is five five five, zero one two three. Shall I note it?');
    expect(turns[7]?.replied).toBe('Your room is booked for Tuesday at ten.');
    expect(turns[8]?.replied).toBe('True enough. Is there anything else?');
    expect(asked).toEqual(['/free/monday']);
    expect(call.record).toMatchObject({
      outcome: 'completed',
      result: 'transferred',
      collected: { booked: 'tuesday ten' },
    });
    expect(call.result.transfers).toEqual([
      { to: '+15550100111', outcome: 'completed', announced: ['A room on Tuesday at ten.'] },
    ]);
    expect(call.record.counters).toMatchObject({ modelRequests: expect.any(Number) as number });
  }, 180_000);

  it('takes the call back when nobody answers, and goes on where it was', async () => {
    const { script: usual } = model;
    model.script = (request) =>
      turnsOf(request) === 1
        ? {
            text: 'I will connect you.',
            tools: [{ name: 'transfer', input: { to: 'front desk', about: 'x' } }],
          }
        : { text: 'Then I will help you myself.' };
    const call = await faultyCall(server, folder, {
      number: 2,
      agent: 'hotel',
      transfers: 'busy',
      steps: [speak(clip('gcp_book_a_room')), speak(clip('call_bigjim_13_caller')), HANG_UP],
      patience: { pauseMs: 700 },
    });
    model.script = usual;
    expect(call.result.transfers).toEqual([{ to: '+15550100111', outcome: 'busy', announced: [] }]);
    const replied = call.record.turns.map((turn) => turn.replied).filter((text) => text !== '');
    expect(replied).toEqual([
      'Hello, this is the Harbour Hotel. What can I do for you?',
      'I will connect you.',
      'I am sorry, the line is busy. What else can I do for you?',
      'Then I will help you myself.',
    ]);
    expect(call.record.outcome).toBe('caller-hung-up');
  }, 60_000);

  it('apologizes when no model answers, and listens on', async () => {
    const { script: usual } = model;
    model.script = (request) =>
      /number/i.test(lastSaid(request)) ? { text: 'Yes, I hear you now.' } : { status: 500 };
    const call = await faultyCall(server, folder, {
      number: 3,
      agent: 'hotel',
      steps: [speak(clip('gcp_book_a_room')), speak(clip('call_bigjim_13_caller')), HANG_UP],
      patience: { pauseMs: 700 },
    });
    model.script = usual;
    const replied = call.record.turns.map((turn) => turn.replied).filter((text) => text !== '');
    expect(replied.slice(1)).toEqual([
      'Sorry, something went wrong on my side. Could you say that again?',
      'Yes, I hear you now.',
    ]);
  }, 60_000);
});
