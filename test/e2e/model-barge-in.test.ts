// Replies of a language model that are cut at random: the model is told no word that the telephone did not play.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { turnsOf, type CallResult } from '../../src/simulator/call-result.ts';
import { chanceOf } from '../../src/simulator/network/chance.ts';
import { speechBounds } from '../../src/simulator/loudness.ts';
import { faultyCall, HANG_UP, speak } from '../support/faulty-call.ts';
import { hostWith } from '../support/inference.ts';
import { ModelServer } from '../support/model-server.ts';
import { overTheLine, recordings } from '../support/recordings.ts';
import { PATIENT_CONFIG, startServer, type ServerProcess } from '../support/server-process.ts';
import { concat } from '../support/tones.ts';

const available = recordings().filter(({ path }) => path.endsWith('/gcp_book_a_room.wav'));

const NUMBERS =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(' ');
/** Each is a clause of its own. */
const COUNTED = NUMBERS.map((number) => `Number ${number}.`);
const CALLS = 6;
const CUTS_PER_CALL = 17;
/** A frame, and the first sample that is loud enough to count as heard. */
const HEARD_SLACK_MS = 60;

/** A clause as the voice says it. */
interface Spoken {
  readonly lengthMs: number;
  /** Behind it there is silence only. */
  readonly wordsEndMs: number;
}

describe.skipIf(available.length === 0)('a reply of a language model that is cut', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-model-cut-'));
  const agents = join(folder, 'agents');
  const models: ModelServer[] = [];
  let server: ServerProcess;
  let clauses: readonly Spoken[];
  let firstWordMs: number;

  beforeAll(async () => {
    mkdirSync(agents);
    for (let number = 0; number < CALLS; number += 1) {
      const model = await ModelServer.start(() => ({
        text: COUNTED.join(' '),
        firstTokenMs: 50,
        tokenMs: 5,
      }));
      models.push(model);
      writeFileSync(
        join(agents, `counter-${number}.yaml`),
        `name: counter-${number}
language: en-US
voice: slt
timezone: America/New_York
greeting: Hello there.
model:
  provider: openai-compatible
  model: test
  baseUrl: ${model.url}
  instructions: You count.
  firstTokenMs: 4000
`,
      );
    }
    const config = join(folder, 'config.yaml');
    const patient = readFileSync(PATIENT_CONFIG, 'utf8');
    writeFileSync(config, `${patient}\nagents: { folder: '${agents}', default: counter-0 }\n`);
    // How long each clause is, from the voice itself: nothing that the server says is believed.
    const { host } = hostWith({ lanes: ['tts'], voices: ['slt'] });
    await host.start();
    const spoken = async (text: string): Promise<Spoken> => {
      const pieces: Int16Array[] = [];
      const { signal } = new AbortController();
      for await (const piece of host.synthesizer.speak({ text, voice: 'slt', first: false }, signal)) {
        pieces.push(decodeMulaw(piece).samples);
      }
      const samples = concat(...pieces);
      return { lengthMs: samples.length / 8, wordsEndMs: (speechBounds(samples)?.last ?? 0) / 8 };
    };
    clauses = await Promise.all(COUNTED.map(spoken));
    firstWordMs = (await spoken('Number.')).wordsEndMs;
    await host.close();
    server = await startServer({ PARLEY_CONFIG: config });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    for (const model of models) await model.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves no word in the history that was not played, a hundred times at random', async () => {
    const random = chanceOf(Number(process.env['PARLEY_SEED'] ?? 11), 'cuts');
    const clip = overTheLine(available.find(({ path }) => path.endsWith('gcp_book_a_room.wav'))!);
    const calls = await Promise.all(
      Array.from({ length: CALLS }, (_, number) =>
        faultyCall(server, folder, {
          number: number + 20,
          agent: `counter-${number}`,
          steps: [
            speak(clip),
            ...Array.from({ length: CUTS_PER_CALL }, () => ({
              ...speak(clip),
              interruptMs: 900 + random() * 6_000,
            })),
            HANG_UP,
          ],
        }),
      ),
    );
    const cuts = calls.flatMap(({ result }, number) => {
      const heard = historyOf(models[number]!);
      const played = playedMs(result).slice(0, heard.length);
      expect(played).toHaveLength(heard.length);
      return played.map((ms, index) => ({ playedMs: Math.round(ms), words: heard[index]! }));
    });
    const wrong = cuts.filter(({ words, playedMs }) => playedMs + HEARD_SLACK_MS < neededMs(words));
    const words = cuts.map((cut) => cut.words).toSorted((a, b) => a - b);
    console.info(`${cuts.length} cuts, ${words[0]} to ${words.at(-1)} words heard`);
    expect(cuts.length).toBeGreaterThanOrEqual(0.9 * CALLS * CUTS_PER_CALL);
    expect(wrong).toEqual([]);
  }, 400_000);

  /** How long the voice takes to say so many words. */
  function neededMs(words: number): number {
    const whole = Math.floor(words / 2);
    const before = clauses.slice(0, whole).reduce((sum, { lengthMs }) => sum + lengthMs, 0);
    const last = clauses[whole - 1];
    if (words % 2 === 1) return before + 0.6 * firstWordMs;
    return last === undefined ? 0 : before - last.lengthMs + last.wordsEndMs;
  }

  /** Of each reply that was cut, how long it was played, as the simulated telephone knows it. */
  function playedMs({ utterances, spurts, clearsMs, record }: CallResult): readonly number[] {
    const turns = turnsOf(utterances, spurts, record?.turns ?? []);
    return turns.flatMap(({ utterance: { onsetMs, spokenMs }, silencedMs }, index) => {
      if (silencedMs === null) return [];
      // Words over the agent's voice that were not made out let the reply go on: it is still the one before.
      const asked = turns.slice(0, index).findLast(({ parts, replied }) => parts > 0 && replied !== '');
      const cleared = clearsMs.findLast(
        (clearMs) => clearMs >= onsetMs && clearMs < (spokenMs ?? onsetMs) + 2_000,
      );
      return [(cleared ?? spokenMs ?? onsetMs) - (asked?.replyStartMs ?? onsetMs)];
    });
  }
});

/** Of each reply that was cut, how many of its words the model was told it had said. */
function historyOf({ requests }: ModelServer): readonly number[] {
  return (requests.at(-1)?.body.messages ?? [])
    .filter(({ role, content }) => role === 'assistant' && String(content).includes('[interrupted]'))
    .map(({ content }) => String(content).replace('[interrupted]', '').trim().split(/\s+/).length);
}
