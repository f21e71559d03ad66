// Servers around a language model: MCP tools, several processes on one model, and the delivered example.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAgent } from '../../../src/responders/agents.ts';
import { ModelAgents, type ModelTalk } from '../../support/model-agent.ts';
import { ModelServer, toolResults } from '../../support/model-server.ts';

const MCP = fileURLToPath(new URL('../../support/mcp-server.mjs', import.meta.url));

describe('tools of an MCP server', () => {
  let agents: ModelAgents;
  let server: ModelServer;
  beforeEach(async () => {
    agents = new ModelAgents();
    server = await ModelServer.start((request) => {
      const results = Object.values(toolResults(request));
      return results.length > 0
        ? { text: results.join(' ') }
        : { tools: [{ name: 'weather', input: { place: 'Boston' } }] };
    });
  });
  afterEach(async () => {
    await agents.close();
    await server.close();
  });
  const talk = async (mcp: string): Promise<ModelTalk> => {
    agents.agent(
      `  provider: openai-compatible\n  model: test\n  baseUrl: ${server.url}\n  instructions: Hi.\n  tools: { mcp: { sky: ${mcp} } }\n`,
    );
    await agents.load();
    const open = agents.talk();
    await open.greet();
    return open;
  };
  const OWN = `{ command: ${process.execPath}, args: ['${MCP}'] }`;

  it('are offered to the model and used', async () => {
    const open = await talk(OWN);
    expect((await open.say('How is the weather?')).text).toBe('Rain in Boston.');
    expect(server.requests[0]?.body.tools?.map(({ function: { name } }) => name)).toEqual([
      'weather',
      'crash',
    ]);
  });

  it('are those that the file names', async () => {
    const open = await talk(OWN.replace('}', ', tools: [weather, wind] }'));
    await open.say('How is the weather?');
    expect(server.requests[0]?.body.tools?.map(({ function: { name } }) => name)).toEqual(['weather']);
    expect(agents.logger.of('MCP server lacks tools')[0]?.fields).toMatchObject({ missing: ['wind'] });
  });

  it('that fail are told to the model, and the call goes on', async () => {
    server.script = (request) => {
      const results = Object.values(toolResults(request));
      return results.length > 0 ? { text: results.join(' ') } : { tools: [{ name: 'crash', input: {} }] };
    };
    const open = await talk(OWN);
    expect((await open.say('Crash.')).text).toBe('Error: The tool did not answer.');
  });

  it('of a server that is away are left out, with a line in the log', async () => {
    server.script = () => ({ text: 'Hello.' });
    const open = await talk('{ url: http://127.0.0.1:1/mcp }');
    expect((await open.say('Hi.')).text).toBe('Hello.');
    expect(agents.logger.of('MCP server not reached')).toHaveLength(1);
    expect(server.requests[0]?.body.tools ?? []).toEqual([]);
  });
});

describe('one model server for many processes', () => {
  const PROCESSES = 4;
  const CALLS = 10;
  const TAKES = 8;

  it('is sent no more than each may send, and what it turns away goes to the next model', async () => {
    const most = { open: 0 };
    const shared = await ModelServer.start(() => {
      most.open = Math.max(most.open, shared.open);
      return shared.open > TAKES ? { status: 429 } : { text: 'From the shared one.', firstTokenMs: 40 };
    });
    const second = await ModelServer.start(() => ({ text: 'From the second one.' }));
    // Each has queues of its own, as processes do.
    const processes = Array.from({ length: PROCESSES }, () => new ModelAgents());
    try {
      for (const agents of processes) {
        agents.agent(
          `  provider: openai-compatible\n  model: a\n  baseUrl: ${shared.url}\n  maxInFlight: 3\n  maxWaitMs: 2000\n  instructions: Hi.\n` +
            `  fallbacks: [{ provider: openai-compatible, model: b, baseUrl: '${second.url}' }]\n`,
        );
        await agents.load();
      }
      const talks = processes.flatMap((agents) => Array.from({ length: CALLS }, () => agents.talk()));
      await Promise.all(talks.map((talk) => talk.greet()));
      const replies = await Promise.all(talks.map(async (talk) => (await talk.say('Hello?')).text));
      expect(replies.every((text) => /^From the (?:shared|second) one\.$/.test(text))).toBe(true);
      expect(replies.filter((text) => text.includes('shared')).length).toBeGreaterThanOrEqual(TAKES);
      expect(most.open).toBeLessThanOrEqual(3 * PROCESSES);
    } finally {
      for (const agents of processes) await agents.close();
      await shared.close();
      await second.close();
    }
  });
});

describe('the delivered example', () => {
  it('is an agent whose models are those that its recipe serves', () => {
    const agent = loadAgent('config/models/concierge.yaml');
    const compose = parse(readFileSync('config/models/compose.yaml', 'utf8'), { merge: true }) as {
      services: {
        model: { command: string; ports: string[] };
        'parley-2': { image: string; environment: { PORT: number } };
      };
    };
    const { command, ports } = compose.services.model;
    expect(command).toContain(`--model ${agent.model?.file.model ?? ''} `);
    expect(command).toContain('--quantization fp8');
    expect(agent.model?.file.baseUrl).toContain(`:${ports[0]?.split(':')[0] ?? ''}/v1`);
    expect(compose.services['parley-2']).toMatchObject({ image: 'parley', environment: { PORT: 8082 } });
  });

  it('has tools that book, and take a booking back', async () => {
    const server = await ModelServer.start((request) =>
      Object.keys(toolResults(request)).length > 0
        ? { text: Object.values(toolResults(request)).join(' ') }
        : { tools: [{ name: 'book_room', input: { day: '2026-12-31', name: 'Anna' } }] },
    );
    const agents = new ModelAgents();
    try {
      agents.agent(
        `  provider: openai-compatible\n  model: test\n  baseUrl: ${server.url}\n  instructions: Hi.\n  tools: { files: ['${fileURLToPath(new URL('../../../config/models/tools/rooms.ts', import.meta.url))}'] }\n`,
      );
      await agents.load();
      const talk = agents.talk();
      await talk.greet();
      expect((await talk.say('A room, please.')).text).toContain('booked:true');
      expect(talk.conversation.collected()).toEqual({ booked_day: '2026-12-31', booked_name: 'Anna' });
    } finally {
      await agents.close();
      await server.close();
    }
  });
});
