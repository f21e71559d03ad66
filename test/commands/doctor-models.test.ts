// The doctor's question to every language model: whether it is there, knows the model, and takes the key.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkModels } from '../../src/commands/doctor-models.ts';
import { loadConfig } from '../../src/config/load.ts';
import { realClock } from '../support/model-agent.ts';
import { ModelServer } from '../support/model-server.ts';

describe('the doctor', () => {
  let folder: string;
  let server: ModelServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-doctor-'));
    server = await ModelServer.start(() => ({ text: 'Yes.' }));
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const check = (model: string, environment: Readonly<Record<string, string>> = {}) => {
    writeFileSync(
      join(folder, 'desk.yaml'),
      `name: desk\nlanguage: en-US\nvoice: slt\ntimezone: America/New_York\ngreeting: Hi.\nmodel:\n  instructions: Hi.\n${model}`,
    );
    const { agents } = loadConfig(null);
    const { signal } = new AbortController();
    return checkModels({ agents: { ...agents, folder } }, { environment, clock: realClock, signal });
  };
  const own = (): string => `  provider: openai-compatible\n  model: test\n  baseUrl: ${server.url}\n`;

  it('asks each language model for a word', async () => {
    expect(await check(own())).toEqual([
      {
        agent: 'desk',
        model: 'openai-compatible/test',
        firstTokenMs: expect.any(Number) as number,
        fault: null,
      },
    ]);
  });

  it.each([
    [401, 'refused'],
    [404, 'unknown-model'],
    [500, 'server'],
  ])('names what is wrong: HTTP %d', async (status, code) => {
    server.script = () => ({ status });
    expect((await check(own()))[0]?.fault).toContain(`${code} (`);
  });

  it('names a server that is not there, a key that is not set, and a file that is of no use', async () => {
    expect(
      (await check('  provider: openai-compatible\n  model: x\n  baseUrl: http://127.0.0.1:1/v1\n'))[0]
        ?.fault,
    ).toContain('unreachable (');
    expect((await check('  provider: groq\n  model: x\n'))[0]?.fault).toBe('GROQ_API_KEY is not set');
    expect((await check('  provider: none\n  model: x\n'))[0]?.fault).toContain(
      'model.provider: found "none"',
    );
  });
});
