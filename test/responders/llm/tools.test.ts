// The tools of a language model: what they do, when they do it, and what the model and the caller are told.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelAgents, type ModelTalk } from '../../support/model-agent.ts';
import { ModelServer, toolResults, type Script, type ToolCallScript } from '../../support/model-server.ts';

const MODEL = (url: string, rest: string): string => `
  provider: openai-compatible
  model: test
  baseUrl: ${url}
  instructions: You answer for a shop.
${rest}`;

/** Asks for the tools once, then says what they gave. */
const using =
  (tools: readonly ToolCallScript[], text = ''): Script =>
  (request) => {
    const results = toolResults(request);
    if (Object.keys(results).length === 0) return { tools, text };
    return { text: `They say: ${Object.values(results).join('; ')}.` };
  };

describe('a built-in tool', () => {
  let agents: ModelAgents;
  let server: ModelServer;
  beforeEach(async () => {
    agents = new ModelAgents();
    server = await ModelServer.start(() => ({ text: 'Hm.' }));
  });
  afterEach(async () => {
    await agents.close();
    await server.close();
  });
  const talk = async (tools: string): Promise<ModelTalk> => {
    agents.agent(MODEL(server.url, `  tools:\n${tools}`));
    await agents.load();
    const open = agents.talk();
    await open.greet();
    return open;
  };

  it('hangs up when the goodbye was said', async () => {
    const open = await talk('    hang_up: {}\n');
    server.script = () => ({ text: 'Thank you, goodbye!', tools: [{ name: 'hang_up', input: {} }] });
    const { clauses, outcome } = await open.say('That is all.');
    expect([clauses, outcome]).toEqual([['Thank you, goodbye!'], 'completed']);
    expect(server.requests).toHaveLength(1);
  });

  it('says goodbye where the model did not', async () => {
    const open = await talk('    hang_up: {}\n');
    server.script = () => ({ tools: [{ name: 'hang_up', input: {} }] });
    expect(await open.say('That is all.')).toMatchObject({ text: 'Goodbye.', outcome: 'completed' });
  });

  it('hands the call on, and tells whoever answers what it is about', async () => {
    const open = await talk(`    transfer: { to: { sales: '+15550100111' }, warm: true }\n`);
    server.script = () => ({
      text: 'I will connect you to sales.',
      tools: [{ name: 'transfer', input: { to: 'sales', about: 'A broken lamp.' } }],
    });
    const heard = await open.ask({ kind: 'heard', text: 'A person, please.' });
    expect(heard).toMatchObject({ text: 'I will connect you to sales.', outcome: 'transferred' });
    expect(agents.told.transfers.get('CA1')).toEqual({
      to: '+15550100111',
      announcement: 'A broken lamp.',
      ringS: 20,
    });
    // Whoever interrupts is not handed on.
    open.settle('some', 'I will connect');
    expect(agents.told.transfers.size).toBe(0);
  });

  it('says why the call is back when nobody answered', async () => {
    const open = await talk(`    transfer: { to: { sales: '+15550100111' } }\n`);
    expect((await open.hear({ kind: 'returned', because: 'busy' })).text).toBe(
      'I am sorry, the line is busy. What else can I do for you?',
    );
  });

  it('presses keys', async () => {
    const open = await talk('    send_dtmf: {}\n');
    server.script = using([{ name: 'send_dtmf', input: { digits: '12w3#' } }]);
    const { parts } = await open.say('Go on.');
    expect(parts[0]).toEqual({ kind: 'tones', digits: '12w3#' });
  });

  it('takes messages, sends texts to the caller only, and notes callbacks', async () => {
    const open = await talk('    take_message: {}\n    send_sms: {}\n    schedule_callback: {}\n');
    server.script = using([
      { name: 'take_message', input: { message: 'Call me.', from: 'Anna' } },
      { name: 'send_sms', input: { text: 'We are at 5 Main Street.', to: '+15550100666' } },
      { name: 'schedule_callback', input: { at: '2026-11-27T09:30', note: 'The lamp.' } },
    ]);
    const { text } = await open.say('Please.');
    expect(text).toContain('The message was written down.; The message was sent.; Noted as c1');
    expect(open.conversation.collected()).toEqual({
      message: 'Call me.',
      message_from: 'Anna',
      callback: '2026-11-27T09:30',
    });
    expect(agents.told.messages).toEqual([{ to: '+12125550100', text: 'We are at 5 Main Street.' }]);
    const [callback] = agents.told.callbacks.values();
    expect(callback).toMatchObject({
      number: '+12125550100',
      at: Date.parse('2026-11-27T14:30:00Z'),
      agent: 'desk',
    });
  });

  it.each([
    ['2026-11-25T09:30', 'That time has passed.'],
    ['tomorrow', 'That is no time such as 2026-12-31T15:00.'],
    ['2028-01-01T09:30', 'That is too far ahead.'],
  ])('tells the model why a callback at %s is not noted', async (at, why) => {
    const open = await talk('    schedule_callback: {}\n');
    server.script = using([{ name: 'schedule_callback', input: { at, note: 'x' } }]);
    await open.say('Please.');
    expect(Object.values(toolResults(server.requests[1]!.body))[0]).toContain(why);
    expect(agents.told.callbacks.size).toBe(0);
  });

  it('takes the caller off the list and ends the call', async () => {
    const open = await talk('    opt_out: {}\n');
    server.script = () => ({ tools: [{ name: 'opt_out', input: {} }] });
    const { text, outcome } = await open.say('No more of this.');
    expect(text).toBe('I have taken this number off our list. You will not be called again. Goodbye.');
    expect([outcome, agents.told.optOuts]).toEqual(['opted-out', ['+12125550100']]);
  });

  it('that does not exist, or with an input that does not fit, is told to the model', async () => {
    const open = await talk('    take_message: {}\n');
    server.script = using([
      { name: 'fly', input: {} },
      { name: 'take_message', input: { message: 5 } },
    ]);
    const { text } = await open.say('Please.');
    expect(text).toContain('Error: there is no tool fly.');
    expect(text).toContain('Error: the input does not fit.');
    expect(open.conversation.collected()).toEqual({});
  });

  it('ends a turn that asks for tools without end with an apology', async () => {
    const open = await talk('    take_message: {}\n');
    server.script = () => ({ tools: [{ name: 'take_message', input: { message: 'again' } }] });
    await expect(open.ask({ kind: 'heard', text: 'Please.' })).rejects.toMatchObject({
      code: 'responder-failed',
    });
    expect(server.requests).toHaveLength(6);
  });

  it('that changes something waits until the turn is over, and is taken back when nobody heard it', async () => {
    const open = await talk('    schedule_callback: {}\n    take_message: {}\n');
    server.script = using([{ name: 'schedule_callback', input: { at: '2026-11-27T09:30', note: 'x' } }]);
    let release = (): void => undefined;
    const wanted = new Promise<void>((resolve) => {
      release = resolve;
    });
    const control = { signal: new AbortController().signal, released: wanted };
    const reply = open.ask({ kind: 'heard', text: 'Please.' }, control);
    await expect.poll(() => server.requests[0]?.isDone).toBe(true);
    expect(agents.told.callbacks.size).toBe(0);
    release();
    expect((await reply).text).toContain('Noted as c1');
    expect(agents.told.callbacks.size).toBe(1);
    open.settle('none', '');
    await expect.poll(() => agents.told.callbacks.size).toBe(0);
    // The model does not remember it either.
    server.script = () => ({ text: 'Yes?' });
    await open.say('Hello?');
    expect(JSON.stringify(server.requests.at(-1)?.body.messages)).not.toContain('Noted');
  });

  it('whose turn nobody heard is remembered where it is done for good', async () => {
    const open = await talk('    take_message: {}\n');
    server.script = using([{ name: 'take_message', input: { message: 'Call me.' } }]);
    await open.ask({ kind: 'heard', text: 'Please.' });
    open.settle('none', '');
    server.script = () => ({ text: 'Yes?' });
    await open.say('Hello?');
    const messages = server.requests.at(-1)?.body.messages ?? [];
    expect(messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'assistant',
      'tool',
      'user',
    ]);
    expect(JSON.stringify(messages)).not.toContain('They say');
  });
});

describe('a tool of a web server', () => {
  let agents: ModelAgents;
  let model: ModelServer;
  let web: Server;
  let answer: { status: number; type: string; body: string; delayMs: number };
  const seen: {
    method?: string | undefined;
    url?: string | undefined;
    key?: string | undefined;
    body: string;
  }[] = [];
  beforeEach(async () => {
    agents = new ModelAgents();
    seen.length = 0;
    answer = { status: 200, type: 'application/json', body: '{"free":["nine","ten"]}', delayMs: 0 };
    model = await ModelServer.start(using([{ name: 'look_up', input: { day: 'Mon/day' } }], 'One second.'));
    web = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const { method, url, headers } = request;
        seen.push({ method, url, key: headers['x-key'] as string | undefined, body });
        setTimeout(() => {
          response.writeHead(answer.status, { 'content-type': answer.type, location: 'http://127.0.0.1:1/' });
          response.end(answer.body);
        }, answer.delayMs);
      });
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
  });
  afterEach(async () => {
    await agents.close();
    await model.close();
    web.closeAllConnections();
    web.close();
    await once(web, 'close');
  });

  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  const talk = async (more = '', timeoutMs = 300): Promise<ModelTalk> => {
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/slots/{{day}}?shop={{shop}}`;
    agents.agent(
      MODEL(
        model.url,
        `  tools:
    http:
      look_up:
        description: Free times of a day.
        parameters: { day: { description: The day. } }
        url: '${url}'
        headers: { x-key: '{{env:SHOP_KEY}}' }
        timeoutMs: ${timeoutMs}
        maxBytes: 200
${more}`,
      ),
    );
    await agents.load({ SHOP_KEY: 'secret' });
    const open = agents.talk({ shop: 'Main Street' });
    await open.greet();
    return open;
  };

  it('is asked with what the model and the call know, and its answer is data', async () => {
    const open = await talk();
    const { text } = await open.say('What is free?');
    expect(text).toBe('One second. They say: free: nine, ten.');
    expect(seen).toEqual([
      { method: 'GET', url: '/slots/Mon%2Fday?shop=Main%20Street', key: 'secret', body: '' },
    ]);
    // Neither the key nor the variable was the model's to know.
    const told = JSON.stringify(model.requests.map(({ body }) => body));
    expect(told).not.toContain('secret');
    expect(told).not.toContain('Main Street');
  });

  it('is sent what it takes as JSON', async () => {
    const open = await talk(
      `        method: POST\n        body: { when: '{{day}}', from: { shop: '{{shop}} shop' } }\n`,
    );
    await open.say('What is free?');
    expect(JSON.parse(seen[0]!.body)).toEqual({ when: 'Mon/day', from: { shop: 'Main Street shop' } });
  });

  it.each([
    ['an error', { status: 503, body: 'closed' }, 'status 503: closed'],
    ['too much', { body: 'x'.repeat(500) }, 'longer than 200 bytes'],
    ['something that is no text', { type: 'image/png' }, 'which is no text'],
    ['nothing in time', { delayMs: 900 }, 'did not answer within 300 ms'],
    ['another address', { status: 302 }, 'could not be reached'],
  ])('that answers with %s is told to the model, not to the caller', async (_what, change, why) => {
    answer = { ...answer, ...change };
    const open = await talk();
    await open.say('What is free?');
    const results = Object.values(toolResults(model.requests[1]!.body));
    expect(results[0]).toContain(why);
  });

  it('that is slow gets a filler', async () => {
    answer = { ...answer, delayMs: 1_300 };
    const open = await talk('', 5_000);
    const { clauses } = await open.say('What is free?');
    expect(clauses).toEqual(['One second.', 'One moment, please.', 'They say: free: nine, ten.']);
  });
});

describe('a tool of a file', () => {
  let agents: ModelAgents;
  let server: ModelServer;
  beforeEach(async () => {
    agents = new ModelAgents();
    server = await ModelServer.start(using([{ name: 'add', input: { a: 2, b: 3 } }]));
    agents.agent(MODEL(server.url, '  tools: { files: [own.ts] }\n'));
  });
  afterEach(async () => {
    await agents.close();
    await server.close();
  });

  it('is TypeScript with a schema of zod', async () => {
    agents.write(
      'own.ts',
      `import { z } from 'zod';
      interface Sum { readonly sum: number }
      export const tools = [{
        name: 'add', description: 'Adds.', input: z.object({ a: z.number(), b: z.number() }),
        run: ({ a, b }: { a: number; b: number }, call: { collect(n: string, v: string): void }): Sum => {
          call.collect('sum', String(a + b));
          return { sum: a + b };
        },
      }];`,
    );
    await agents.load();
    const open = agents.talk();
    await open.greet();
    expect((await open.say('Two and three?')).text).toContain('sum:5');
    expect(open.conversation.collected()).toEqual({ sum: '5' });
  });

  it('that fails is told to the model without its details', async () => {
    agents.write(
      'own.ts',
      `import { z } from 'zod';
      export const tools = [{ name: 'add', description: 'Adds.', input: z.object({}).loose(), run: () => { throw new Error('password') } }];`,
    );
    await agents.load();
    const open = agents.talk();
    await open.greet();
    expect((await open.say('Two and three?')).text).toContain('Error: the tool failed.');
    expect(agents.logger.of('tool failed')).toHaveLength(1);
  });

  it.each([
    ['', 'own.ts: Cannot find module'],
    ['export const tools = [', 'own.ts: '],
    ['export const other = 1;', 'own.ts: '],
    [`export const tools = [{ name: 'Add' }];`, 'a name of small letters, digits and underscores'],
    [`throw new Error('not today');`, 'own.ts: not today'],
  ])('that is of no use is named at the start: %j', async (text, found) => {
    if (text !== '') agents.write('own.ts', text);
    await expect(agents.load()).rejects.toThrow(/model\.tools\.files\.0: found "?.*/);
    await expect(agents.load()).rejects.toThrow(found);
  });
});
