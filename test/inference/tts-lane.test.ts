// The real voices: heard at once, the same every time, as loud as a telephone wants them.
import { beforeAll, describe, expect, it } from 'vitest';
import { peak, rmsDbfs } from '../../src/audio/level.ts';
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, pcm } from '../../src/audio/units.ts';
import { clauseAudio } from '../../src/inference/clause-audio.ts';
import { speakableText } from '../../src/inference/speakable-text.ts';
import { TtsLane } from '../../src/inference/tts-lane.ts';
import { concat, sine } from '../support/tones.ts';

const VOICES = ['slt', 'rms', 'awb', 'kal16', 'kal'];
const SENTENCE = 'The next free appointment is on Tuesday at half past three.';
let lane: TtsLane;

beforeAll(async () => {
  lane = await TtsLane.load(VOICES);
});

async function spoken(text: string, voice: string): Promise<Int16Array> {
  return decodeMulaw(mulaw8k((await lane.run({ text, voice })).audio)).samples;
}

const firstLoud = (samples: Int16Array): number =>
  samples.findIndex((sample) => Math.abs(sample) > peak(samples) * 0.02);
const lastLoud = (samples: Int16Array): number =>
  samples.findLastIndex((sample) => Math.abs(sample) > peak(samples) * 0.02);

describe('the tts lane', () => {
  it.each(VOICES)(
    'speaks with %s: no wait in front, a pause behind, a level like the others',
    async (voice) => {
      const samples = await spoken(SENTENCE, voice);
      const seconds = samples.length / 8_000;
      expect(seconds).toBeGreaterThan(2.5);
      expect(seconds).toBeLessThan(6);
      // 20 ms at most before the first sound, plus the onset of a soft consonant.
      expect(firstLoud(samples)).toBeLessThan(40 * 8);
      expect(samples.length - lastLoud(samples)).toBeGreaterThanOrEqual(85 * 8);
      expect(samples.length - lastLoud(samples)).toBeLessThan(150 * 8);
      expect(rmsDbfs(samples)).toBeGreaterThan(-24);
      expect(rmsDbfs(samples)).toBeLessThan(-17);
      // 30,000 before mu-law, whose codes lie 1,024 apart up there.
      expect(peak(samples)).toBeLessThanOrEqual(30_000 + 512);
    },
  );

  it('gives the same samples for the same text, whatever was spoken in between', async () => {
    const first = await lane.run({ text: SENTENCE, voice: 'slt' });
    await lane.run({ text: 'Yes.', voice: 'rms' });
    await lane.run({ text: 'x '.repeat(400), voice: 'kal' });
    expect(await lane.run({ text: SENTENCE, voice: 'slt' })).toEqual(first);
  });

  it('speaks 1,000 characters', async () => {
    const samples = await spoken('All of our lines are busy. '.repeat(37).trim(), 'kal');
    expect(samples.length / 8_000).toBeGreaterThan(40);
  });

  it('reads what looks like its own options as text', async () => {
    expect((await spoken('-voice kal -o x', 'slt')).length).toBeGreaterThan(4_000);
  });

  it('refuses a voice that Flite does not have, at the start', async () => {
    await expect(TtsLane.load(['slt', 'bob'])).rejects.toThrow(
      'Unknown voice "bob": Flite has kal, kal16, awb, rms, slt.',
    );
  });
});

describe('the text', () => {
  it('is brought to the letters that the voice knows', () => {
    expect(speakableText('It’s “fine” – see you, José…')).toBe('It\'s "fine", see you, Jose...');
    expect(speakableText('That is £20\nor\t€ 30 at 5°')).toBe('That is 20 pounds or 30 euros at 5 degrees');
  });

  it('is empty where there is nothing to say', () => {
    for (const text of ['', '   ', '?!', '日本']) expect(speakableText(text)).toBe('');
  });
});

describe('the audio of a clause', () => {
  it('loses the silence around it and comes to the line’s rate', () => {
    const spoken = concat(new Int16Array(4_000), sine(500, 16_000, 8_000, 1_000), new Int16Array(16_000));
    const { rate, samples } = clauseAudio(pcm(16_000, spoken));
    expect(rate).toBe(8_000);
    expect(samples.length).toBeGreaterThan((500 + 30 + 85) * 8);
    expect(samples.length).toBeLessThan((500 + 30 + 95) * 8);
  });

  it('does not make the caller wait for a murmur that a telephone does not carry', () => {
    const murmur = sine(200, 16_000, 4_800, 60);
    const spoken = concat(murmur, sine(500, 16_000, 8_000, 8_000));
    const { samples } = clauseAudio(pcm(16_000, spoken));
    expect(samples.length).toBeLessThan((500 + 30 + 95) * 8);
  });

  it('is empty for silence', () => {
    expect(clauseAudio(pcm(16_000, new Int16Array(5_000))).samples).toHaveLength(0);
    expect(clauseAudio(pcm(16_000, new Int16Array(0))).samples).toHaveLength(0);
  });
});
