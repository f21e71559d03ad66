// The caller's side of a call: packets of any size become a gapless stream on the media clock and windows for the detector.
import { Framer } from '../audio/framer.ts';
import { decodeMulaw } from '../audio/mulaw.ts';
import { LINE_HZ, ms, msToSamples, type Ms, type Mulaw8k, type Pcm } from '../audio/units.ts';
import { VAD_WINDOW_MS, VAD_WINDOW_SAMPLES } from '../ports/speech-detector.ts';
import { UtteranceBuffer } from './utterance-buffer.ts';

/** Twilio's timestamps jitter by a few ms; only a hole of more than a frame is a lost packet. */
const GAP_TOLERANCE_MS = 40;
/** A hole longer than this is a jump of the clock, not silence worth filling. */
const MAX_GAP_MS = 5_000;
/** Room for the longest turn and its preroll. */
const HISTORY_MS = ms(30_000);

export interface CallerAudioCounters {
  framesReceived: number;
  gapsFilledMs: number;
}

/** Owns the audio history and the framing; the detector's slot belongs to the session. */
export class CallerAudio {
  readonly counters: CallerAudioCounters = { framesReceived: 0, gapsFilledMs: 0 };
  readonly #onWindow: (window: Int16Array) => void;
  readonly #framer = new Framer(VAD_WINDOW_SAMPLES);
  #history: UtteranceBuffer | null = null;
  #originMs: Ms = ms(0);

  constructor(onWindow: (window: Int16Array) => void) {
    this.#onWindow = onWindow;
  }

  /** The media clock: the end of the caller's audio so far. */
  get nowMs(): Ms {
    return this.#history?.endMs ?? this.#originMs;
  }

  /** Ends of the window with this index on the media clock. */
  windowSpan(index: number): { readonly from: Ms; readonly to: Ms } {
    const from = this.#originMs + index * VAD_WINDOW_MS;
    return { from: ms(from), to: ms(from + VAD_WINDOW_MS) };
  }

  /**
   * `at` is the packet's media timestamp. Lost packets are filled with silence so that the clock stays true; returns how
   * much silence that was.
   */
  receive(at: Ms, audio: Mulaw8k): Ms {
    this.counters.framesReceived += 1;
    if (this.#history === null) {
      this.#originMs = at;
      this.#history = new UtteranceBuffer(HISTORY_MS, at);
    }
    const missingMs = at - this.#history.endMs;
    const gapMs = missingMs > GAP_TOLERANCE_MS && missingMs <= MAX_GAP_MS ? ms(missingMs) : ms(0);
    this.counters.gapsFilledMs += gapMs;
    if (gapMs > 0) this.#append(new Int16Array(msToSamples(gapMs, LINE_HZ)));
    this.#append(decodeMulaw(audio).samples);
    return gapMs;
  }

  #append(samples: Int16Array): void {
    this.#history?.write(samples);
    this.#framer.push(samples, this.#onWindow);
  }

  read(from: Ms, to: Ms): Pcm<8000> {
    return this.#history?.read(from, to) ?? { rate: LINE_HZ, samples: new Int16Array(0) };
  }
}
