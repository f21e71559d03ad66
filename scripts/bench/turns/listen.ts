// Lets the real models hear a turn as a call would: voice activity by window, and the words so far at every short silence.
import { LINE_HZ, ms, msToSamples, samplesToMs, type Ms } from '../../../src/audio/units.ts';
import { SttLane } from '../../../src/inference/stt-lane.ts';
import { VadLane } from '../../../src/inference/vad-lane.ts';
import { VAD_WINDOW_SAMPLES } from '../../../src/ports/speech-detector.ts';
import { judge, QUIET, type VadState } from '../../../src/turn/hysteresis.ts';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../../../src/turn/policy.ts';
import { phrasesFor } from './questions.ts';
import type { RecipeTurn } from './recipe.ts';

/** Two windows: at the first one the words are asked for, so that they are there when the shortest wait is over. */
export const MIN_SILENCE_MS = DEFAULT_TURN_POLICY.minSilenceMs;
const WINDOW_MS = samplesToMs(VAD_WINDOW_SAMPLES, LINE_HZ);

/** A silence by the detector, and what was made out of the turn until then. */
export interface HeardSilence {
  readonly onsetMs: number;
  /** The end of the last window that was judged as speech. */
  readonly lastSpeechMs: number;
  /** The end of the window with which the silence lasted minSilenceMs: the words are asked for then. */
  readonly askedMs: number;
  /** The end of the window with which the detector heard speech again; null at the end of the turn. */
  readonly resumedMs: number | null;
  readonly text: string;
  /** See Transcript.ending; by the shipped weights until folds.ts has judged it by others. */
  readonly ending: number;
  /** What it is judged by (ending.ts); null where nobody was heard. */
  readonly features: Float32Array | null;
  /**
   * From the question to the words: the processor's time, of one thread, so that what else the machine does while the bench
   * runs is not measured.
   */
  readonly inferMs: number;
}

export interface HeardTurn {
  readonly silences: readonly HeardSilence[];
  /** The ends of the windows in which a silence was broken by what turned out to be no speech: nothing is decided then. */
  readonly doubtMs: readonly number[];
}

export class TurnListener {
  readonly #vad: VadLane;
  readonly #stt: SttLane;
  readonly #policy: TurnPolicy;

  private constructor(vad: VadLane, stt: SttLane, policy: TurnPolicy) {
    this.#vad = vad;
    this.#stt = stt;
    this.#policy = policy;
  }

  static async open(minSilenceMs: Ms): Promise<TurnListener> {
    const [vad, stt] = await Promise.all([VadLane.load(1), SttLane.load(1)]);
    await vad.warmUp();
    await stt.warmUp();
    return new TurnListener(vad, stt, { ...DEFAULT_TURN_POLICY, minSilenceMs });
  }

  async hear(turn: RecipeTurn): Promise<HeardTurn> {
    const judged = await this.silences(turn);
    const silences: HeardSilence[] = [];
    for (const silence of judged.silences) {
      const samples = silenceAudio(turn, silence);
      let features: Float32Array | null = null;
      this.#stt.onEnding = (found) => {
        features = found;
      };
      const before = process.cpuUsage();
      const { items } = await this.#stt.run({ items: [{ samples, expected: phrasesFor(turn.question) }] });
      const used = process.cpuUsage(before);
      const inferMs = Math.round((used.user + used.system) / 1_000);
      const [heard] = items;
      silences.push({ ...silence, text: heard?.text ?? '', ending: heard?.ending ?? 0, features, inferMs });
    }
    return { silences, doubtMs: judged.doubtMs };
  }

  async silences({ samples }: RecipeTurn): Promise<JudgedSilences> {
    return silencesOf(await this.#probabilities(samples), this.#policy);
  }

  async close(): Promise<void> {
    await this.#vad.release();
    await this.#stt.release();
  }

  async #probabilities(samples: Int16Array): Promise<number[]> {
    this.#vad.forget(0);
    const probabilities: number[] = [];
    for (let at = 0; at + VAD_WINDOW_SAMPLES <= samples.length; at += VAD_WINDOW_SAMPLES) {
      const window = samples.slice(at, at + VAD_WINDOW_SAMPLES);
      const result = await this.#vad.run({ slots: Uint16Array.of(0), samples: window });
      probabilities.push(result.probabilities[0] ?? 0);
    }
    return probabilities;
  }
}

type JudgedSilence = Omit<HeardSilence, 'text' | 'ending' | 'features' | 'inferMs'>;
export type JudgedSilences = Omit<HeardTurn, 'silences'> & { readonly silences: readonly JudgedSilence[] };

/** What is transcribed at a silence: the turn so far, from a little before its first speech. */
export function silenceAudio({ samples }: RecipeTurn, { onsetMs, askedMs }: JudgedSilence): Int16Array {
  const from = Math.max(0, msToSamples(onsetMs - DEFAULT_TURN_POLICY.prerollMs, LINE_HZ));
  return samples.subarray(from, msToSamples(askedMs, LINE_HZ));
}

/** The silences of one turn, as the turn machine's own hysteresis has them. */
export function silencesOf(probabilities: readonly number[], policy: TurnPolicy): JudgedSilences {
  const silences: JudgedSilence[] = [];
  const doubtMs: number[] = [];
  let state: VadState = QUIET;
  let onsetMs: number | null = null;
  let open: JudgedSilence | null = null;
  for (const [index, probability] of probabilities.entries()) {
    const from = ms(index * WINDOW_MS);
    const to = ms(from + WINDOW_MS);
    const [next, edge] = judge(state, { from, to, probability }, policy);
    state = next;
    if (state.kind === 'starting') doubtMs.push(to);
    if (edge?.type === 'speech-start') {
      onsetMs ??= edge.onset;
      if (open !== null) silences.push({ ...open, resumedMs: to });
      open = null;
    } else if (edge?.type === 'speech-end') {
      open = { onsetMs: onsetMs ?? edge.onset, lastSpeechMs: edge.lastSpeech, askedMs: to, resumedMs: null };
    }
  }
  if (open !== null) silences.push(open);
  return { silences, doubtMs };
}
