// A language model as an agent's mind: answers over real HTTP, clause by clause, whatever the server does.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelAgents, released, type ModelTalk } from '../../support/model-agent.ts';
import { lastSaid, ModelServer, type Answer } from '../../support/model-server.ts';

const BUSINESS_HOURS = 'We are open from nine to five. On Saturdays we are closed, I am afraid.';

describe('an answer of a language model', () => {
  let agents: ModelAgents;
  let server: ModelServer;
  let second: ModelServer;
  beforeEach(async () => {
    agents = new ModelAgents();
    server = await ModelServer.start(() => ({ text: BUSINESS_HOURS }));
    second = await ModelServer.start(() => ({ text: 'The second model answers.' }));
  });
  afterEach(async () => {
    await agents.close();
    await server.close();
    await second.close();
  });

  async function talk(more = ''): Promise<ModelTalk> {
    agents.agent(`
  provider: openai-compatible
  model: test
  baseUrl: ${server.url}
  instructions: You answer for a shop.
  firstTokenMs: 400
  stallMs: 300
  totalMs: 3000
${more}`);
    await agents.load();
    const open = agents.talk();
    expect((await open.greet()).text).toBe('Hello, this is the desk. How can I help?');
    return open;
  }

  const fallback = (): string => `
  fallbacks:
    - { provider: openai-compatible, model: other, baseUrl: '${second.url}' }
`;

  it('is spoken clause by clause, and the conversation goes with the question', async () => {
    const open = await talk();
    const heard = await open.say('When are you open?');
    expect(heard.clauses).toEqual([
      'We are open from nine to five.',
      'On Saturdays we are closed, I am afraid.',
    ]);
    await open.say('And on Sundays?');
    const messages = server.requests[1]?.body.messages ?? [];
    expect(messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    expect(messages.slice(2).map(({ content }) => content)).toEqual([
      'Hello, this is the desk. How can I help?',
      'When are you open?',
      BUSINESS_HOURS,
      'And on Sundays?',
    ]);
    expect(String(messages[0]?.content)).toContain('You answer for a shop.');
  });

  it('begins with its first clause long before its end', async () => {
    server.script = () => ({ text: BUSINESS_HOURS, firstTokenMs: 20, tokenMs: 40 });
    const open = await talk();
    const { atMs, clauses } = await open.say('When are you open?');
    expect(clauses).toHaveLength(2);
    expect(atMs[1]! - atMs[0]!).toBeGreaterThan(200);
  });

  it('goes alone with a few words when no more come for a while', async () => {
    server.script = () => ({ text: 'Let me see what we have for you', stallAfter: 6 });
    const open = await talk();
    const asked = open.ask({ kind: 'heard', text: 'Hello?' });
    await expect(asked).rejects.toThrow('no word for 300 ms');
  });

  it.each<[string, Answer]>([
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['401', { status: 401 }],
    ['404', { status: 404 }],
    ['an empty answer', { text: '' }],
    ['no word in time', { text: BUSINESS_HOURS, firstTokenMs: 2_000 }],
    ['a connection that is cut before the first word', { text: BUSINESS_HOURS, cutAfter: 0 }],
  ])('comes from the second model after %s', async (_fault, answer) => {
    server.script = () => answer;
    const open = await talk(fallback());
    expect((await open.say('Hello?')).text).toBe('The second model answers.');
    expect(second.requests).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['is cut', { text: BUSINESS_HOURS, cutAfter: 9 }],
    ['has a part that cannot be read', { text: BUSINESS_HOURS, malformedAfter: 9 }],
    ['stands still', { text: BUSINESS_HOURS, stallAfter: 9 }],
  ])('that %s in the middle is gone on with by the second model', async (_fault, answer) => {
    server.script = () => answer;
    second.script = () => ({ text: ' That is all.' });
    const open = await talk(fallback());
    const { text } = await open.say('When are you open?');
    expect(text).toMatch(/^We are open from nine to five\..*That is all\.$/);
    const [, ...messages] = second.requests[0]?.body.messages ?? [];
    expect(String(messages.at(-2)?.content)).toContain('We are open from nine to five.');
    expect(String(messages.at(-1)?.content)).toContain('Go on exactly where it ends');
  });

  it('fails when no model gives one, and says why in the log', async () => {
    server.script = () => ({ status: 500 });
    second.script = () => ({ status: 429 });
    const open = await talk(fallback());
    await expect(open.ask({ kind: 'heard', text: 'Hello?' })).rejects.toMatchObject({
      code: 'responder-failed',
    });
    const failed = agents.logger.of('language model failed').map(({ fields }) => fields['code']);
    expect(failed).toEqual(['server', 'overloaded']);
  });

  it('is not asked of a server that has just failed while there is another one', async () => {
    server.script = () => ({ status: 500 });
    const open = await talk(fallback());
    await open.say('Hello?');
    await open.say('Still there?');
    expect([server.requests.length, second.requests.length]).toEqual([1, 2]);
  });

  it('closes its connection as soon as nobody wants it any more', async () => {
    server.script = () => ({ text: BUSINESS_HOURS, tokenMs: 20 });
    const open = await talk();
    const controller = new AbortController();
    const reply = open.conversation.reply(9, { kind: 'heard', text: 'Hello?' }, released(controller.signal));
    for await (const part of reply) {
      expect(part.kind).toBe('clause');
      break;
    }
    await expect.poll(() => server.requests[0]?.closedAt ?? null).not.toBeNull();

    const again = open.conversation.reply(10, { kind: 'heard', text: 'Hello?' }, released(controller.signal));
    const parts = again[Symbol.asyncIterator]();
    await parts.next();
    const abortedAt = performance.now();
    controller.abort();
    await expect(parts.next()).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.requests[1]?.closedAt ?? null, { interval: 1 }).not.toBeNull();
    console.info(`closed after ${Math.round(server.requests[1]!.closedAt! - abortedAt)} ms`);
  });

  it('is asked for in vain at most once a turn', async () => {
    const open = await talk();
    expect(open.conversation.mayPrepare()).toBe(true);
    await open.ask({ kind: 'heard', text: 'When are' });
    open.settle('none', '');
    expect(open.conversation.mayPrepare()).toBe(false);
    await open.say('When are you open?');
    expect(open.conversation.mayPrepare()).toBe(true);
    expect(open.conversation.counters()).toMatchObject({ modelRequests: 2, modelRequestsDiscarded: 1 });
  });

  it('costs what its tokens cost, and is not prepared any more when the budget of the day is used up', async () => {
    const open = await talk('  price: { input: 1000000, output: 1000000 }\n  dailyBudgetUsd: 50\n');
    expect(open.conversation.mayPrepare()).toBe(true);
    await open.say('When are you open?');
    const counters = open.conversation.counters();
    expect(counters['modelMicroUsd']).toBe(
      1_000_000 * (counters['modelInputTokens']! + counters['modelOutputTokens']!),
    );
    expect(open.conversation.mayPrepare()).toBe(false);
  });

  it('is not asked for once the call has used up its tokens', async () => {
    const open = await talk('  maxTokensPerCall: 100\n');
    await open.say('When are you open?');
    const { text, outcome } = await open.say('And on Sundays?');
    expect([text, outcome]).toEqual(['Thank you for your call. Goodbye.', 'completed']);
    expect(server.requests).toHaveLength(1);
  });

  it('waits for its turn at a server that takes few at a time, and is turned away after a while', async () => {
    server.script = (request) => ({
      text: BUSINESS_HOURS,
      firstTokenMs: lastSaid(request) === 'first' ? 250 : 0,
    });
    const open = await talk('  maxInFlight: 1\n  maxWaitMs: 1000\n');
    const other = agents.talk();
    await other.greet();
    const [first, next] = await Promise.all([open.say('first'), other.say('next')]);
    expect([first.text, next.text]).toEqual([BUSINESS_HOURS, BUSINESS_HOURS]);
    expect(server.requests.map(({ body }) => lastSaid(body))).toEqual(['first', 'next']);
  });

  it('takes a second try to go on with where there is one model only', async () => {
    server.script = (_request, nth) =>
      nth === 1 ? { text: BUSINESS_HOURS, cutAfter: 9 } : { text: ' Bye.' };
    const open = await talk();
    expect((await open.say('When?')).text).toMatch(/^We are open from nine to five\..*Bye\.$/);
    expect(server.requests).toHaveLength(2);
  });
});
