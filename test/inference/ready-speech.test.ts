// The speech lane behind its cache: prompts are there before the first call, and stay while the lane is replaced.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mulaw8k } from '../../src/audio/units.ts';
import type { InferenceHost, InferenceSettings } from '../../src/inference/host.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import { fixedPrompts } from '../../src/responders/fixed-prompts.ts';
import { AGENTS_FOLDER, openAgents, PaperCall } from '../support/conversation.ts';
import { BUILT_LANE, codeOf, hostWith, until, type HostUnderTest } from '../support/inference.ts';

const agents = loadAgents(AGENTS_FOLDER);
const prompts = fixedPrompts(agents.values());
const cacheFolder = mkdtempSync(join(tmpdir(), 'parley-speech-'));
const settings: Partial<InferenceSettings> = { lanes: ['tts'], voices: ['slt', 'rms'], cacheFolder };
const never = new AbortController().signal;

async function speak(host: InferenceHost, text: string, voice = 'slt'): Promise<Mulaw8k | null> {
  let audio: Mulaw8k | null = null;
  for await (const piece of host.synthesizer.speak({ text, voice, first: true }, never)) audio = piece;
  return audio;
}

const counted = ({ meter }: HostUnderTest, result: string): number =>
  meter.counts.get(`speech_cache{${result}}`) ?? 0;

let tested: HostUnderTest;
let host: InferenceHost;
beforeAll(async () => {
  tested = hostWith(settings, BUILT_LANE, () => prompts);
  ({ host } = tested);
  await host.start();
  // On a slow machine some are made behind the start.
  await until(() => tested.logger.of('prompts are ready').length > 0);
}, 120_000);
afterAll(async () => {
  await host.close();
  await rm(cacheFolder, { recursive: true });
});

describe('ready speech', () => {
  it('holds all that is fixed in a call with each shipped agent', async () => {
    const talks: Readonly<Record<string, readonly string[]>> = {
      'front-desk': ['Hours.', 'Leave a message.', 'The door squeaks.', 'Maria', 'No.'],
      'appointment-reminder': ['No.', 'Cancel it.', 'Yes.'],
      survey: ['Yes.', 'Four.', 'Five.', 'Nine.', 'Three.', 'Nothing.'],
      'echo-test': ['Goodbye.'],
      'test-call': ['Tell me a story.', 'Ask me a question.', 'Yes.', 'Goodbye.'],
    };
    const variable: string[] = [];
    for (const agent of agents.values()) {
      const call = new PaperCall(openAgents(agents), agent.name);
      const replies = [await call.greet(), ...(await call.sayAll(talks[agent.name] ?? []))];
      expect(replies.at(-1)?.outcome).not.toBeNull();
      for (const text of replies.flatMap(({ clauses }) => clauses)) {
        const misses = counted(tested, 'miss');
        expect((await speak(host, text, agent.voice))!.length).toBeGreaterThan(1_000);
        if (counted(tested, 'miss') > misses) variable.push(text);
      }
    }
    expect(variable).toEqual(['Thanks, Maria.']);
    expect(counted(tested, 'hit')).toBeGreaterThan(25);
  });

  it('sounds as it does fresh from the lane, in each voice', async () => {
    const fresh = hostWith({ ...settings, speechCacheMb: 0, cacheFolder: null });
    await fresh.host.start();
    try {
      for (const [text, voice] of [
        ['What would you like?', 'slt'],
        ['A new clause.', 'rms'],
        ['A new clause.', 'slt'],
      ] as const) {
        const first = await speak(host, text, voice);
        const again = await speak(host, text, voice);
        expect(again).toBe(first);
        expect(first).toEqual(await speak(fresh.host, text, voice));
      }
      expect(await speak(host, 'A new clause.', 'rms')).not.toEqual(
        await speak(host, 'A new clause.', 'slt'),
      );
      expect(counted(fresh, 'miss')).toBe(3);
    } finally {
      await fresh.host.close();
    }
  });

  it('is heard while the lane is replaced', async () => {
    const hits = counted(tested, 'hit');
    process.kill(host.status().lanes.tts!.pid!, 'SIGKILL');
    await until(() => !host.status().ready);
    expect(await speak(host, prompts[0]!.text, prompts[0]!.voice)).not.toBeNull();
    expect(counted(tested, 'hit')).toBe(hits + 1);
    expect(await codeOf(speak(host, 'Never said before.'))).toBe('lane-unavailable');
    await until(() => host.status().ready);
    expect((await speak(host, 'Never said before.'))!.length).toBeGreaterThan(4_000);
  }, 60_000);

  it('comes from the disk at the next start, byte for byte', async () => {
    const later = hostWith(settings, BUILT_LANE, () => prompts);
    await later.host.start();
    try {
      await until(() => later.logger.of('prompts are ready').length > 0);
      const [line] = later.logger.of('prompts are ready');
      expect(line?.fields['fromDisk']).toBe(line?.fields['prompts']);
      for (const { text, voice } of prompts.slice(0, 20)) {
        expect(await speak(later.host, text, voice)).toEqual(await speak(host, text, voice));
      }
      expect(counted(later, 'miss')).toBe(0);
    } finally {
      await later.host.close();
    }
  }, 60_000);
});
