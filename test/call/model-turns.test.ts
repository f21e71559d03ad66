// What a call does for conversations that cost something: audio, replies that wait for the end of the turn, keys as tones.
import { describe, expect, it } from 'vitest';
import { CallRig } from '../support/call-rig.ts';

async function listening(options: ConstructorParameters<typeof CallRig>[0] = {}): Promise<CallRig> {
  const rig = await new CallRig(options).start();
  await rig.until('listening');
  return rig;
}

/** The caller speaks for 600 ms and is answered. */
async function turn(rig: CallRig): Promise<{ readonly lastSpeech: number }> {
  await rig.speak(600);
  const lastSpeech = rig.at;
  await rig.until('agentSpeaking');
  return { lastSpeech };
}

describe('a call', () => {
  it('gives the caller’s words as they sounded to a conversation that wants them', async () => {
    const rig = await listening({ wantsAudio: true });
    await turn(rig);
    const { input } = rig.asked.at(-1)!;
    expect(input.kind).toBe('heard');
    const samples = input.kind === 'heard' ? (input.audio?.samples.length ?? 0) : 0;
    expect(samples / 8).toBeGreaterThanOrEqual(500);
    expect(samples / 8).toBeLessThan(1_500);
  });

  it('gives words only to all others', async () => {
    const rig = await listening();
    await turn(rig);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'hello' });
  });

  it('begins a reply early, and tells when it is wanted for certain', async () => {
    const rig = await listening();
    const { lastSpeech } = await turn(rig);
    const { at, releasedAt } = rig.asked.at(-1)!;
    expect(at - lastSpeech).toBeLessThan(250);
    expect(releasedAt! - lastSpeech).toBeGreaterThanOrEqual(400);
  });

  it('begins it at the end of the turn where the conversation will not pay for more', async () => {
    const rig = await listening();
    rig.mayPrepare = false;
    const { lastSpeech } = await turn(rig);
    const { at, releasedAt } = rig.asked.at(-1)!;
    expect(at - lastSpeech).toBeGreaterThanOrEqual(400);
    expect(releasedAt).toBe(at);
  });

  it('never tells that a reply is wanted which the caller has talked over before its end of turn', async () => {
    const rig = await listening();
    await rig.speak(600);
    await rig.hush(200);
    const early = rig.asked.at(-1)!;
    expect(early.input.kind).toBe('heard');
    await rig.speak(400);
    await rig.until('agentSpeaking');
    expect(rig.asked.at(-1)).not.toBe(early);
    expect(early.releasedAt).toBeNull();
  });

  it('plays keys as tones, to their end', async () => {
    const rig = await listening({
      replyTo: (input) =>
        input.kind === 'heard' ? [{ kind: 'tones', digits: '12' }] : [{ kind: 'clause', text: 'Hello.' }],
    });
    await turn(rig);
    const began = rig.at;
    await rig.until('listening');
    expect(rig.at - began).toBeGreaterThanOrEqual(300);
    expect(rig.journal.snapshot().counters['watchdogs']).toBeUndefined();
  });
});
