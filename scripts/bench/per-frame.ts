// The operations that a call pays for with every frame, on the socket thread.
import { Framer } from '../../src/audio/framer.ts';
import { speechSpan } from '../../src/audio/level.ts';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { createResampler } from '../../src/audio/resampler.ts';
import { FRAME_SAMPLES, LINE_HZ, ms, pcm } from '../../src/audio/units.ts';
import { VAD_WINDOW_SAMPLES } from '../../src/ports/speech-detector.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { INITIAL_TURN_STATE, step } from '../../src/turn/step.ts';
import { mediaMessage, parseTwilioMessage } from '../../src/twilio/codec.ts';
import type { Operation } from './measure.ts';

const STREAM_SID = `MZ${'0'.repeat(32)}`;

/** A swelling tone: the operations cost the same for any audio, and this is not silence. */
const tone = (rate: number, samples: number): Int16Array =>
  Int16Array.from({ length: samples }, (_, n) =>
    Math.round(9000 * Math.sin((2 * Math.PI * 440 * n) / rate) * Math.sin(n / 300)),
  );

export function perFrameOperations(): Operation[] {
  const line = pcm(LINE_HZ, tone(LINE_HZ, FRAME_SAMPLES));
  const wide = tone(16_000, 2 * FRAME_SAMPLES);
  const bytes = encodeMulaw(line);
  const portion = encodeMulaw(pcm(LINE_HZ, tone(LINE_HZ, 5 * FRAME_SAMPLES)));
  const up = createResampler(8000, 16_000);
  const down = createResampler(16_000, 8000);
  const fromCd = createResampler(44_100, 8000);
  const framer = new Framer(VAD_WINDOW_SAMPLES);
  const utterance = tone(LINE_HZ, 5 * LINE_HZ);
  const message = JSON.stringify({
    event: 'media',
    sequenceNumber: '1234',
    media: {
      track: 'inbound',
      chunk: '1233',
      timestamp: '24660',
      payload: Buffer.from(bytes).toString('base64'),
    },
    streamSid: STREAM_SID,
  });
  return [
    { name: 'mu-law decode, 20 ms', run: () => decodeMulaw(bytes) },
    { name: 'mu-law encode, 20 ms', run: () => encodeMulaw(line) },
    { name: 'framer, 20 ms into 32 ms windows', run: () => push(framer, line.samples) },
    { name: 'resample 8 to 16 kHz, 20 ms', run: () => up.process(line.samples) },
    { name: 'resample 16 to 8 kHz, 20 ms', run: () => down.process(wide) },
    { name: 'resample 44.1 to 8 kHz, 20 ms', run: () => fromCd.process(tone20ms441) },
    { name: 'media message in: JSON, base64, checks', run: () => parseTwilioMessage(message) },
    { name: 'media message out: base64, 100 ms', units: 5, run: () => mediaMessage(STREAM_SID, portion) },
    { name: 'step, one window while listening', run: listeningStep },
    { name: 'step, a whole turn of 60 events, per event', units: 60, run: wholeTurn },
    { name: 'extent of speech in 5 s, once per turn', run: () => speechSpan(utterance, LINE_HZ, 160) },
  ];
}

const tone20ms441 = tone(44_100, 882);

function push(framer: Framer, samples: Int16Array): Int16Array | null {
  let last: Int16Array | null = null;
  framer.push(samples, (frame) => {
    last = frame;
  });
  return last;
}

/** A caller's voice on a line without echo. */
const LEVELS = { levelDbfs: -20, echoDbfs: -100 };

function listeningStep(): unknown {
  const event = { type: 'window', at: ms(32), from: ms(0), probability: 0.02, ...LEVELS } as const;
  return step(INITIAL_TURN_STATE, event, DEFAULT_TURN_POLICY);
}

/** 30 windows of speech and 30 of silence: onset, turn, speculation, end of turn. */
function wholeTurn(): unknown {
  let state = INITIAL_TURN_STATE;
  for (let window = 0; window < 60; window += 1) {
    const from = ms(window * 32);
    const probability = window < 30 ? 0.95 : 0.02;
    const event = { type: 'window', at: ms(from + 32), from, probability, ...LEVELS } as const;
    [state] = step(state, event, DEFAULT_TURN_POLICY);
  }
  return state;
}
