// Stretches of a recording that the real detector takes for speech, with the evidence for a voice in each, as a call has it.
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { LINE_HZ, ms, msToSamples, pcm, type Ms } from '../../src/audio/units.ts';
import type { VadLane } from '../../src/inference/vad-lane.ts';
import { CallerLine, clipOf } from '../../src/simulator/caller-line.ts';
import { VAD_WINDOW_MS, VAD_WINDOW_SAMPLES } from '../../src/ports/speech-detector.ts';
import { addWindow, NO_EVIDENCE, type Evidence } from '../../src/turn/evidence.ts';
import { judge, QUIET, type VadState } from '../../src/turn/hysteresis.ts';
import { DEFAULT_TURN_POLICY as POLICY } from '../../src/turn/policy.ts';

export interface DetectedSpeech {
  readonly evidence: Evidence;
  /** With the preroll before it and the silence after which it had ended. */
  readonly samples: Int16Array;
}

/** Silence around the recording, and how loud the line's own noise is in all of it. */
const MARGIN_FRAMES = 50;
const NOISE_DBFS = -60;

/** The recording in the middle of a quiet line, through mu-law. */
export function onTheLine(samples: Int16Array, seed: number): Int16Array {
  const line = new CallerLine({ noiseDbfs: NOISE_DBFS, seed });
  const frames: Int16Array[] = [];
  const count = Math.ceil(samples.length / 160) + 2 * MARGIN_FRAMES;
  for (let frame = 0; frame < count; frame += 1) {
    if (frame === MARGIN_FRAMES) line.say(clipOf(samples));
    frames.push(line.frame().samples);
  }
  const all = new Int16Array(count * 160);
  frames.forEach((frame, i) => {
    all.set(frame, i * 160);
  });
  return decodeMulaw(encodeMulaw(pcm(LINE_HZ, all))).samples;
}

/** In slot 0 of the lane, which is fresh before and after. */
export async function detectedSpeech(vad: VadLane, line: Int16Array): Promise<readonly DetectedSpeech[]> {
  const found: DetectedSpeech[] = [];
  let state: VadState = QUIET;
  let evidence = NO_EVIDENCE;
  vad.forget(0);
  for (let at = 0; at + VAD_WINDOW_SAMPLES <= line.length; at += VAD_WINDOW_SAMPLES) {
    const samples = line.subarray(at, at + VAD_WINDOW_SAMPLES);
    const { probabilities } = await vad.run({ slots: Uint16Array.of(0), samples });
    const from = ms((at / LINE_HZ) * 1_000);
    const window = { from, to: ms(from + VAD_WINDOW_MS), probability: probabilities[0] ?? 0 };
    const [next, edge] = judge(state, window, POLICY);
    state = next;
    evidence = state.kind === 'quiet' && edge === null ? NO_EVIDENCE : addWindow(evidence, window);
    if (edge?.type === 'speech-end') {
      found.push({ evidence, samples: cut(line, ms(edge.onset - POLICY.prerollMs), window.to) });
      evidence = NO_EVIDENCE;
    }
  }
  vad.forget(0);
  return found;
}

function cut(line: Int16Array, from: Ms, to: Ms): Int16Array {
  return line.slice(msToSamples(ms(Math.max(0, from)), LINE_HZ), msToSamples(to, LINE_HZ));
}
