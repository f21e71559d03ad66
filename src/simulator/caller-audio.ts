// Prepares everything a caller will say before the call starts, so that nothing but the line runs during it.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { resample } from '../audio/resampler.ts';
import { LINE_HZ, pcm, type Hz, type Pcm } from '../audio/units.ts';
import { parseWav } from '../audio/wav.ts';
import { ConfigError } from '../config/config-error.ts';
import { clipOf, type Clip } from './caller-line.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';

/** Speaks a text with a named voice, 8 kHz. */
export type Speak = (text: string, voice: string) => Promise<Pcm<8000>>;

export type PreparedStep =
  | {
      readonly kind: 'speak';
      /** Null when nobody wrote down the words of a WAV file. */
      readonly said: string | null;
      readonly clip: Clip;
      readonly interruptMs: number | null;
      readonly expect: readonly string[];
    }
  | {
      readonly kind: 'dtmf';
      readonly digits: string;
      readonly interruptMs: number | null;
      readonly expect: readonly string[];
    }
  | { readonly kind: 'wait'; readonly durationMs: number }
  | { readonly kind: 'hang-up'; readonly interruptMs: number | null };

/** Each text and each file is prepared once, however often it is said. Rejects with what `speak` or the file raises. */
export async function prepareCaller(scenario: Scenario, speak: Speak): Promise<readonly PreparedStep[]> {
  const clips = new Map<string, Promise<Clip>>();
  const prepared: PreparedStep[] = [];
  for (const step of scenario.steps) {
    const key = step.say === undefined ? `play ${step.play ?? ''}` : `say ${step.say}`;
    const clip = clips.get(key) ?? clipFor(step, scenario, speak);
    clips.set(key, clip);
    prepared.push(prepareStep(step, await clip));
  }
  return prepared;
}

async function clipFor(step: ScenarioStep, scenario: Scenario, speak: Speak): Promise<Clip> {
  if (step.say !== undefined) return clipOf((await speak(step.say, scenario.caller.voice)).samples);
  if (step.play !== undefined) return clipOf(await readRecording(resolve(scenario.folder, step.play)));
  return clipOf(new Int16Array(0));
}

function prepareStep(step: ScenarioStep, clip: Clip): PreparedStep {
  const interruptMs = step.interrupt ?? null;
  const expect = step.expect ?? [];
  if (step.wait !== undefined) return { kind: 'wait', durationMs: step.wait };
  if (step['hang-up'] !== undefined) return { kind: 'hang-up', interruptMs };
  if (step.dtmf !== undefined) return { kind: 'dtmf', digits: step.dtmf, interruptMs, expect };
  return { kind: 'speak', said: step.say ?? step.as ?? null, clip, interruptMs, expect };
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
