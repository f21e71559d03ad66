// The real speech-to-text model: right words, expected phrases, and nothing out of nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k } from '../../src/audio/units.ts';
import { normalized } from '../../src/inference/expected.ts';
import { SttLane } from '../../src/inference/stt-lane.ts';
import { TtsLane } from '../../src/inference/tts-lane.ts';
import { appointmentClip } from '../support/inference.ts';
import { noise, sine } from '../support/tones.ts';

let stt: SttLane;
let tts: TtsLane;

beforeAll(async () => {
  stt = await SttLane.load(1);
  tts = await TtsLane.load(['slt', 'rms', 'kal']);
});
afterAll(() => stt.release());

async function spoken(text: string, voice = 'rms'): Promise<Int16Array> {
  return decodeMulaw(mulaw8k((await tts.run({ text, voice })).audio)).samples;
}

async function heard(
  samples: Int16Array,
  expected: readonly string[] = [],
): Promise<{ text: string; matched: string | null }> {
  const { items } = await stt.run({ items: [{ samples, expected }] });
  return items[0]!;
}

describe('the stt lane', () => {
  it('hears the words of a clip', async () => {
    const { text, matched } = await heard(appointmentClip().samples);
    expect(normalized(text)).toBe('i would like to book an appointment');
    expect(matched).toBeNull();
  });

  it('answers a batch in its order, each item as if it were alone', async () => {
    const clips = [appointmentClip().samples, new Int16Array(8_000), await spoken('Yes.')];
    const { items } = await stt.run({ items: clips.map((samples) => ({ samples, expected: [] })) });
    expect(items).toHaveLength(3);
    for (const [i, samples] of clips.entries()) expect(items[i]).toEqual(await heard(samples));
  });

  it('prefers a phrase that is expected now, and gives it as it was asked for', async () => {
    const no = await spoken('No.');
    expect(await heard(no, ['yes', 'no'])).toMatchObject({ text: 'no', matched: 'no' });
    const seven = await spoken('Seven.');
    const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    expect(await heard(seven, digits)).toMatchObject({ text: 'seven', matched: 'seven' });
  });

  it('keeps free speech although short answers are expected', async () => {
    const expected = ['yes', 'yeah', 'no', 'nope', 'one', 'two', 'three'];
    for (const text of [
      'I would like to book an appointment.',
      'No, I would rather come on Tuesday morning.',
      'Can you call me back at half past three?',
    ]) {
      const free = await heard(await spoken(text, 'kal'));
      expect(free.text.split(' ').length).toBeGreaterThan(4);
      expect(await heard(await spoken(text, 'kal'), expected)).toEqual(free);
    }
  });

  it('hears no words in silence, noise, a tone, or audio of no length', async () => {
    const quietHiss = noise(16_000, 60);
    const quiet = [new Int16Array(0), new Int16Array(80), new Int16Array(16_000), quietHiss];
    const loud = [noise(16_000, 8_000), sine(440, 8_000, 16_000), sine(425, 8_000, 4_000)];
    for (const samples of [...quiet, ...loud]) {
      expect(await heard(samples, ['yes', 'no'])).toEqual({
        text: '',
        matched: null,
        confidence: 0,
        ending: 0,
      });
    }
  });

  it('takes phrases of any kind and number without failing', async () => {
    const odd = [
      '',
      '  ',
      '...',
      '日本',
      'a'.repeat(200),
      ...Array.from({ length: 60 }, (_, i) => `word ${i}`),
      'yes',
    ];
    const { text } = await heard(appointmentClip().samples, odd);
    expect(normalized(text)).toBe('i would like to book an appointment');
  });
});
