// Prepares everything a caller will say before the call starts, so that nothing but the line runs during it.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { resample } from '../audio/resampler.ts';
import { LINE_HZ, pcm, type Hz, type Pcm } from '../audio/units.ts';
import { parseWav } from '../audio/wav.ts';
import { ConfigError } from '../config/config-error.ts';
import { clipOf, type Clip } from './caller-line.ts';
import type { LineFault } from './line-faults.ts';
import { noiseSamples } from './noise.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';

/** Speaks a text with a named voice, 8 kHz. */
export type Speak = (text: string, voice: string) => Promise<Pcm<8000>>;

/** What one step does, and the faults of the line that begin with it; absent for none. */
export type PreparedStep = PreparedAction & { readonly faults?: readonly LineFault[] };

type PreparedAction =
  | {
      readonly kind: 'speak';
      /** Null when nobody wrote down the words of a WAV file. */
      readonly said: string | null;
      readonly clip: Clip;
      readonly interruptMs: number | null;
      readonly expect: readonly string[];
    }
  /** A sound that must not become a turn. */
  | {
      readonly kind: 'ignored';
      readonly said: string | null;
      readonly clip: Clip;
      readonly interruptMs: number | null;
    }
  | {
      readonly kind: 'dtmf';
      readonly digits: string;
      readonly everyMs: number;
      readonly interruptMs: number | null;
      readonly expect: readonly string[];
    }
  | { readonly kind: 'wait'; readonly durationMs: number }
  /** The agent is to speak of its own accord within `durationMs`. */
  | { readonly kind: 'silence'; readonly durationMs: number; readonly expect: readonly string[] }
  | { readonly kind: 'hang-up'; readonly interruptMs: number | null };

/** People press a few keys a second. */
export const KEY_EVERY_MS = 200;

/** Each text and each file is prepared once, however often it is said. Rejects with what `speak` or the file raises. */
export async function prepareCaller(scenario: Scenario, speak: Speak): Promise<readonly PreparedStep[]> {
  const clips = new Map<string, Promise<Clip>>();
  const prepared: PreparedStep[] = [];
  for (const step of scenario.steps) {
    const key = JSON.stringify([step.say, step.play, step.noise]);
    const clip = clips.get(key) ?? clipFor(step, scenario, speak);
    clips.set(key, clip);
    prepared.push(prepareStep(step, await clip));
  }
  return prepared;
}

async function clipFor(step: ScenarioStep, scenario: Scenario, speak: Speak): Promise<Clip> {
  if (step.say !== undefined) return clipOf((await speak(step.say, scenario.caller.voice)).samples);
  if (step.play !== undefined) return clipOf(await readRecording(resolve(scenario.folder, step.play)));
  return clipOf(step.noise === undefined ? new Int16Array(0) : noiseSamples(step.noise));
}

function prepareStep(step: ScenarioStep, clip: Clip): PreparedStep {
  const action = actionOf(step, clip);
  return step.fault === undefined ? action : { ...action, faults: step.fault };
}

function actionOf(step: ScenarioStep, clip: Clip): PreparedStep {
  const { wait: durationMs, dtmf: digits, expect = [] } = step;
  const interruptMs = step.interrupt ?? null;
  if (durationMs !== undefined) {
    return expect.length === 0 ? { kind: 'wait', durationMs } : { kind: 'silence', durationMs, expect };
  }
  if (step['hang-up'] !== undefined) return { kind: 'hang-up', interruptMs };
  if (digits !== undefined) {
    return { kind: 'dtmf', digits, everyMs: step.everyMs ?? KEY_EVERY_MS, interruptMs, expect };
  }
  const said = step.say ?? step.as ?? null;
  if (step.ignored !== undefined) return { kind: 'ignored', said, clip, interruptMs };
  return { kind: 'speak', said, clip, interruptMs, expect };
}

const RATES: readonly number[] = [8000, 16000, 22050, 24000, 44100] satisfies readonly Hz[];
const isKnownRate = (rate: number): rate is Hz => RATES.includes(rate);

/** The first channel of a WAV file at 8 kHz. @throws ConfigError for a file that is not one the simulator can use. */
async function readRecording(file: string): Promise<Int16Array> {
  const wav = parseWav(await readFile(file));
  const refuse = (found: string, expected: string): ConfigError =>
    new ConfigError([{ file, key: '', found, expected }]);
  if (!wav.ok) throw refuse(wav.message, 'a WAV file');
  const [first = new Int16Array(0)] = wav.channels;
  if (!isKnownRate(wav.rate)) throw refuse(`${wav.rate} samples a second`, `one of ${RATES.join(', ')}`);
  return resample(pcm(wav.rate, first), LINE_HZ).samples;
}
