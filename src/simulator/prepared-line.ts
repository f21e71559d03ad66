// Caller audio that was mixed with line noise and coded before the calls began, so that a frame costs a look-up.
import { CallerLine, type CallerSource, type Clip, type LineFrame, type LineNoise } from './caller-line.ts';
import { FRAME_SAMPLES } from '../audio/units.ts';

/** Five seconds of noise go round and round between the clips. */
const NOISE_FRAMES = 250;

/** The frames of a fixed set of clips over one line's noise, shared by every call that says them. */
export class ClipBank {
  readonly #noise: readonly LineFrame[];
  readonly #clips = new Map<Clip, readonly LineFrame[]>();

  constructor(noise: LineNoise, clips: readonly Clip[]) {
    const line = new CallerLine(noise);
    this.#noise = Array.from({ length: NOISE_FRAMES }, () => line.frame());
    for (const clip of clips) {
      line.say(clip);
      const count = Math.max(1, Math.ceil(clip.samples.length / FRAME_SAMPLES));
      this.#clips.set(
        clip,
        Array.from({ length: count }, () => line.frame()),
      );
    }
  }

  /** A line of its own; `offset` is where in the noise it begins, so that calls do not share their silence. */
  line(offset: number): CallerSource {
    let frames: readonly LineFrame[] | null = null;
    let at = 0;
    let noiseAt = offset % NOISE_FRAMES;
    return {
      say: (clip) => {
        const known = this.#clips.get(clip);
        if (known === undefined) throw new RangeError('The clip was not prepared.');
        frames = known;
        at = 0;
      },
      frame: () => {
        const frame = frames?.[at];
        if (frame !== undefined) {
          at += 1;
          if (frame.clipEnded) frames = null;
          return frame;
        }
        noiseAt = (noiseAt + 1) % NOISE_FRAMES;
        const noise = this.#noise[noiseAt];
        if (noise === undefined) throw new RangeError('There is no noise.');
        return noise;
      },
    };
  }
}
