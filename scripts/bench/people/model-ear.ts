// Hears recorded lines with the real speech to text in this process, over a line with the noise that the calls have.
import { decodeMulaw, encodeMulaw } from '../../../src/audio/mulaw.ts';
import { FRAME_SAMPLES, LINE_HZ, pcm } from '../../../src/audio/units.ts';
import { SttLane } from '../../../src/inference/stt-lane.ts';
import { CallerLine, type Clip } from '../../../src/simulator/caller-line.ts';
import { LINE } from './conversations.ts';
import type { Ear } from './hearing.ts';

export interface ModelEar {
  readonly hear: Ear;
  close(): Promise<void>;
}

export async function openModelEar(): Promise<ModelEar> {
  const lane = await SttLane.load(1);
  await lane.warmUp();
  return {
    hear: async ({ clip }, expected, take) => {
      const { items } = await lane.run({ items: [{ samples: overNoisyLine(clip, take), expected }] });
      return items[0]?.text ?? '';
    },
    close: () => lane.release(),
  };
}

function overNoisyLine(clip: Clip, seed: number): Int16Array {
  const line = new CallerLine({ ...LINE, seed });
  line.say(clip);
  const frames = Math.ceil(clip.samples.length / FRAME_SAMPLES);
  const samples = new Int16Array(frames * FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame += 1) samples.set(line.frame().samples, frame * FRAME_SAMPLES);
  return decodeMulaw(encodeMulaw(pcm(LINE_HZ, samples))).samples;
}
