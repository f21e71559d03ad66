// The caller's side of a call: packets of any size become a gapless stream on the media clock and windows for the detector.
import { Framer } from '../audio/framer.ts';
import { rmsDbfs } from '../audio/level.ts';
import { decodeMulaw } from '../audio/mulaw.ts';
import { LINE_HZ, ms, msToSamples, samplesToMs, type Ms, type Mulaw8k, type Pcm } from '../audio/units.ts';
import { VAD_WINDOW_MS, VAD_WINDOW_SAMPLES } from '../ports/speech-detector.ts';
import { UtteranceBuffer } from './utterance-buffer.ts';
import { WindowLevels } from './window-levels.ts';

/** Twilio's timestamps jitter by a few ms; only a hole of more than a frame is a lost packet. */
const GAP_TOLERANCE_MS = 40;
/** A hole longer than this is a jump of the clock, not silence worth filling. */
export const MAX_GAP_MS = 5_000;
/**
 * Late packets in a row that hold this much audio are no duplicates: the line's clock was set back, and dropping what
 * follows would make the call deaf. More than a burst of repeated packets, less than a short answer takes.
 */
export const MAX_LATE_MS = 300;
/** Room for the longest turn and its preroll. */
const HISTORY_MS = ms(30_000);

export interface CallerAudioCounters {
  framesReceived: number;
  /** Of those received, duplicates and packets that were overtaken: dropped. */
  framesLate: number;
  /** Silence in the place of packets that the timestamps say were lost. */
  gapsFilledMs: number;
  /** Silence that was fed while nothing came. */
  stallsFilledMs: number;
}

/** Gets each full window with its level; levels can be asked for again when the verdict comes. */
export type WindowSink = (window: Int16Array, levelDbfs: number) => void;

/**
 * Owns the audio history and the framing; the detector's slot belongs to the session. The media clock counts samples and
 * only goes forward. Silence that was fed during a stall puts it ahead of the line's timestamps: audio that comes late
 * is appended all the same, and a later gap is filled only as far as the clock is behind.
 */
export class CallerAudio {
  readonly counters: CallerAudioCounters = {
    framesReceived: 0,
    framesLate: 0,
    gapsFilledMs: 0,
    stallsFilledMs: 0,
  };
  readonly #onWindow: WindowSink;
  readonly #framer = new Framer(VAD_WINDOW_SAMPLES);
  readonly #levels = new WindowLevels();
  #history: UtteranceBuffer | null = null;
  #originMs: Ms = ms(0);
  /** Added to the line's timestamps; moves only when the line's clock jumps. */
  #shiftMs = 0;
  /** As the line gave it: of the last packet that was taken, and where the next one should begin. */
  #lastAt = -Infinity;
  #nextAt = 0;
  #late: { readonly lastAt: number; readonly audioMs: number } = NONE_LATE;
  #lineMs: Ms = ms(0);

  constructor(onWindow: WindowSink) {
    this.#onWindow = onWindow;
  }

  /** The media clock: the end of the caller's audio so far. */
  get nowMs(): Ms {
    return this.#history?.endMs ?? this.#originMs;
  }

  /**
   * What the line's own clock shows now, on the scale of the media clock: behind `nowMs` by what was fed for stalls whose
   * audio came after all. The line plays the agent's audio by this clock.
   */
  get lineMs(): Ms {
    return this.#lineMs;
  }

  /** Ends of the window with this index on the media clock. */
  windowSpan(index: number): { readonly from: Ms; readonly to: Ms } {
    const from = this.#originMs + index * VAD_WINDOW_MS;
    return { from: ms(from), to: ms(from + VAD_WINDOW_MS) };
  }

  /** Root mean square of the window with this index; null when it is older than the last 256 or has not come yet. */
  levelOf(index: number): number | null {
    return this.#levels.of(index);
  }

  /**
   * `at` is the packet's media timestamp. Lost packets are filled with silence so that the clock stays true; returns how
   * much audio was lost.
   */
  receive(at: Ms, audio: Mulaw8k): Ms {
    this.counters.framesReceived += 1;
    if (this.#history === null) this.#start(at);
    if (audio.length === 0) return ms(0);
    const audioMs = samplesToMs(audio.length, LINE_HZ);
    if (this.#isLate(at, audioMs)) return ms(0);
    const lostMs = this.#catchUp(at);
    this.#append(decodeMulaw(audio).samples);
    this.#lastAt = at;
    this.#nextAt = at + audioMs;
    this.#late = NONE_LATE;
    this.#lineMs = ms(Math.max(this.#lineMs, this.#nextAt + this.#shiftMs));
    return lostMs;
  }

  /** Brings the clock to a packet that begins at `at`. */
  #catchUp(at: Ms): Ms {
    const skippedMs = at - this.#nextAt;
    const missingMs = at + this.#shiftMs - this.nowMs;
    if (skippedMs > MAX_GAP_MS || missingMs > MAX_GAP_MS || at <= this.#lastAt) {
      // The line's clock jumped: the audio goes on without a hole.
      this.#shiftMs = this.#lineMs - at;
      return ms(0);
    }
    const filledMs = missingMs > GAP_TOLERANCE_MS ? this.#feedSilence(missingMs) : 0;
    this.counters.gapsFilledMs += filledMs;
    return ms(skippedMs > GAP_TOLERANCE_MS ? skippedMs : filledMs);
  }

  /**
   * Nothing has come for this long by the wall clock: silence takes its place, so that the detector and every deadline go
   * on. At most 5 s at a time; before the first packet there is no clock to move.
   */
  fill(durationMs: Ms): void {
    if (this.#history === null) return;
    const fedMs = this.#feedSilence(Math.min(durationMs, MAX_GAP_MS));
    this.counters.stallsFilledMs += fedMs;
    this.#lineMs = ms(this.#lineMs + fedMs);
  }

  read(from: Ms, to: Ms): Pcm<8000> {
    return this.#history?.read(from, to) ?? { rate: LINE_HZ, samples: new Int16Array(0) };
  }

  #start(at: Ms): void {
    this.#originMs = at;
    this.#nextAt = at;
    this.#lineMs = at;
    this.#history = new UtteranceBuffer(HISTORY_MS, at);
  }

  /** A duplicate or a packet that was overtaken is dropped, unless the line's clock turns out to have been set back. */
  #isLate(at: Ms, audioMs: Ms): boolean {
    if (at > this.#lastAt) return false;
    const inOrder = at > this.#late.lastAt ? this.#late.audioMs : 0;
    if (inOrder + audioMs > MAX_LATE_MS || this.#lastAt - at > MAX_GAP_MS) return false;
    this.#late = { lastAt: at, audioMs: inOrder + audioMs };
    this.counters.framesLate += 1;
    return true;
  }

  #feedSilence(durationMs: number): Ms {
    const count = msToSamples(Math.max(0, durationMs), LINE_HZ);
    this.#append(new Int16Array(count));
    return samplesToMs(count, LINE_HZ);
  }

  #append(samples: Int16Array): void {
    this.#history?.write(samples);
    this.#framer.push(samples, (window) => {
      const levelDbfs = rmsDbfs(window);
      this.#levels.add(levelDbfs);
      this.#onWindow(window, levelDbfs);
    });
  }
}

const NONE_LATE = { lastAt: -Infinity, audioMs: 0 };
