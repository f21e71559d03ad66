// The models as their lanes run them, in this process: voice activity, speech, speech to text.
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { LINE_HZ, mulaw8k } from '../../src/audio/units.ts';
import { DEFAULT_INFERENCE_SETTINGS, STT_ROWS } from '../../src/inference/settings.ts';
import { SttLane } from '../../src/inference/stt-lane.ts';
import { TtsLane } from '../../src/inference/tts-lane.ts';
import { VadLane } from '../../src/inference/vad-lane.ts';
import { VAD_WINDOW_SAMPLES } from '../../src/ports/speech-detector.ts';
import { measureSlow, type Figure } from './measure.ts';

const BATCHES = [1, 8, 32];
const VAD_RUNS = 300;
const TTS_RUNS = 20;
const STT_RUNS = 15;
const VOICE = 'slt';
const CLAUSE = 'The next free appointment is on Tuesday at half past three.';

/** Loads one model after the other, warms it up, and records its figures. */
export async function benchModels(record: (figure: Figure) => void): Promise<void> {
  const speech = await benchSpeech(record);
  await benchVoiceActivity(speech, record);
  await benchSpeechToText(speech, record);
}

/** Gives the clause's audio: the other models hear it. */
async function benchSpeech(record: (figure: Figure) => void): Promise<Int16Array> {
  const lane = await TtsLane.load([VOICE]);
  await lane.warmUp();
  const job = { text: CLAUSE, voice: VOICE };
  const { samples } = decodeMulaw(mulaw8k((await lane.run(job)).audio));
  if (samples.length === 0) throw new Error(`Flite has said nothing for "${CLAUSE}".`);
  const seconds = (samples.length / LINE_HZ).toFixed(1);
  const name = `speech, one clause of ${seconds} s`;
  record(await measureSlow({ name, run: () => lane.run(job) }, TTS_RUNS));
  await lane.release();
  return samples;
}

async function benchVoiceActivity(speech: Int16Array, record: (figure: Figure) => void): Promise<void> {
  const lane = await VadLane.load(Math.max(...BATCHES));
  await lane.warmUp();
  const windows = Math.floor(speech.length / VAD_WINDOW_SAMPLES);
  for (const batch of BATCHES) {
    let at = 0;
    const run = () => {
      // Each call hears another part of the clause, so that the states of the slots differ as they do between calls.
      const samples = new Int16Array(batch * VAD_WINDOW_SAMPLES);
      for (let row = 0; row < batch; row += 1) {
        const from = ((at + row) % windows) * VAD_WINDOW_SAMPLES;
        samples.set(speech.subarray(from, from + VAD_WINDOW_SAMPLES), row * VAD_WINDOW_SAMPLES);
      }
      at += 1;
      return lane.run({ slots: Uint16Array.from({ length: batch }, (_, slot) => slot), samples });
    };
    record(
      await measureSlow({ name: `voice activity, run of ${batch}, per window`, units: batch, run }, VAD_RUNS),
    );
  }
  await lane.release();
}

async function benchSpeechToText(speech: Int16Array, record: (figure: Figure) => void): Promise<void> {
  const lane = await SttLane.load(DEFAULT_INFERENCE_SETTINGS.sttThreads);
  await lane.warmUp();
  const job = { items: [{ samples: speech, expected: [] }] };
  const seconds = speech.length / LINE_HZ;
  const name = 'speech to text, per second of speech';
  record(await measureSlow({ name, units: seconds, run: () => lane.run(job) }, STT_RUNS));
  const batch = { items: Array.from({ length: STT_ROWS }, () => ({ samples: speech, expected: [] })) };
  const inBatch = { name: `${name}, in a run of ${STT_ROWS}`, units: seconds * STT_ROWS };
  record(await measureSlow({ ...inBatch, run: () => lane.run(batch) }, STT_RUNS));
  const { items } = await lane.run(job);
  if (items[0]?.text === '') throw new Error('Speech to text has heard nothing in the clause.');
  await lane.release();
}
