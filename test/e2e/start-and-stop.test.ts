// Starting wrongly gets one clear line and exit code 2; stopping lets calls finish; the second run is like the first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FAREWELLS } from '../../src/ports/admission.ts';
import {
  answeredToken,
  closeCode,
  mediaMessage,
  openMedia,
  postForm,
  sendStart,
  sid,
} from '../support/raw-call.ts';
import { startServer } from '../support/server-process.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const GOOD = {
  PUBLIC_URL: 'https://parley.example',
  TWILIO_AUTH_TOKEN: 'secret',
  PORT: '0',
  HOST: '127.0.0.1',
};

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH: process.env['PATH'], ...env } });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  return { code, text };
}

function fileWith(text: string, name = 'config.yaml'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-start-')), name);
  writeFileSync(file, text);
  return file;
}

describe('a wrong start', () => {
  it('names every missing variable and what to write', async () => {
    const { code, text } = await run(['serve']);
    expect(code).toBe(2);
    expect(text).toMatch(/PUBLIC_URL: found nothing, expected .*https/u);
    expect(text).toMatch(/TWILIO_AUTH_TOKEN: found nothing/u);
  });

  it('says so when the port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { code, text } = await run(['serve'], { ...GOOD, PORT: String(port) });
    holder.close();
    expect(code).toBe(2);
    expect(text).toContain(`127.0.0.1:${port}: PORT: found a port in use`);
  });

  it('refuses an unknown key with file, line and key', async () => {
    const file = fileWith('server:\n  port: 8080\n  prot: 1\n');
    const { code, text } = await run(['serve', '--config', file], GOOD);
    expect(code).toBe(2);
    expect(text).toContain(`${file}:3: server.prot: found an unknown key`);
  });

  it('refuses a faulty agent file with file, line and what to write', async () => {
    const agent = fileWith(
      'name: a\nlanguage: en-US\ncountry: US\nvoice: slt\ntimezone: America/New_York\ngreeting: Hi.\nstart: one\n' +
        'goodbye: end\ngiveUp: end\nsilence:\n  - Hello?\nreprompts:\n  - Sorry?\nsteps:\n  one:\n    say: Yes or no?\n' +
        '    answer: yes-no\n    yes: end\n    no: ned\n  end:\n    say: Bye.\n    end: done\n',
      'a.yaml',
    );
    const file = fileWith(`agents:\n  folder: ${join(agent, '..')}\n  default: a\n`);
    const { code, text } = await run(['serve', '--config', file], GOOD);
    expect(code).toBe(2);
    expect(text).toMatch(/a\.yaml:19: steps\.one\.no: found "ned", expected the name of a step/u);
  });

  it('refuses to send refused calls to itself', async () => {
    const file = fileWith('refusal:\n  redirect: https://parley.example/twilio/voice?agent=survey\n');
    const { code, text } = await run(['serve', '--config', file], GOOD);
    expect(code).toBe(2);
    expect(text).toMatch(
      /refusal\.redirect: found "https:\/\/parley\.example\/twilio\/voice\?agent=survey", expected an address that/u,
    );
  });

  it('refuses a default agent that is not there', async () => {
    const folder = fileURLToPath(new URL('../../config/agents', import.meta.url));
    const file = fileWith(`agents:\n  folder: ${folder}\n  default: nobody\n`);
    const { code, text } = await run(['serve', '--config', file], GOOD);
    expect(code).toBe(2);
    expect(text).toMatch(/agents\.default: found "nobody", expected an agent in .*front-desk/u);
  });

  it.each([
    [['serve', '--port', 'abc'], /port/u],
    [['simulate'], /--scenario/u],
    [['simulate', '--scenario', 'none.yaml'], /none\.yaml/u],
    [['frobnicate'], /unknown command/u],
    [['serve', '--frob'], /unknown option/u],
  ])('answers %j with exit code 2 and says why', async (args, why) => {
    const { code, text } = await run(args, GOOD);
    expect(code).toBe(2);
    expect(text).toMatch(why);
  });

  it.each([
    [['--help']],
    [['serve', '--help']],
    [['simulate', '--help']],
    [['demo', '--help']],
    [['--version']],
  ])('answers %j with exit code 0', async (args) => {
    expect((await run(args)).code).toBe(0);
  });
});

describe('a stop', () => {
  it('refuses new calls, lets the one in progress go on, and a second signal ends it', async () => {
    const server = await startServer();
    const ids = { callSid: sid('CA', '7'), streamSid: sid('MZ', '7') };
    const socket = await openMedia(server);
    sendStart(socket, ids, await answeredToken(server, ids.callSid));
    socket.send(mediaMessage(ids.streamSid, 0));
    await once(socket, 'message');
    const exited = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    await server.logged('draining');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    const form = { CallSid: sid('CA', '8'), From: '+15550100001', To: '+15550100002' };
    expect(await (await postForm(server, '/twilio/voice', form)).text()).toMatch(/<Say>.+<Hangup\/>/u);
    const closed = closeCode(socket);
    server.child.kill('SIGTERM');
    expect(await closed).toBe(1000);
    // What Twilio asks next is still answered, with a goodbye.
    const after = await postForm(server, '/twilio/stream-ended', { CallSid: ids.callSid });
    expect(await after.text()).toContain(`<Say>${FAREWELLS.draining}</Say><Hangup/>`);
    expect(await exited).toEqual([0, null]);
  }, 60_000);

  it('is quick and clean without calls, and a second run starts like the first', async () => {
    for (let run = 1; run <= 2; run += 1) {
      const server = await startServer();
      const status = (await server.get('/api/status')) as {
        firstInferenceMs: number;
        lanes: Record<string, { pid: number }>;
      };
      expect(status.firstInferenceMs).toBeLessThan(1_000);
      expect(await server.stop()).toBe(0);
      for (const { pid } of Object.values(status.lanes)) expect(() => process.kill(pid, 0)).toThrow();
    }
  }, 90_000);
});
