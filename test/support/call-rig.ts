// A whole CallSession over scripted ports: caller audio by duration, a line that plays and echoes marks, no real time.
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { ms, pcm, type Ms, type Mulaw8k } from '../../src/audio/units.ts';
import type { CallDeps } from '../../src/call/call-deps.ts';
import { CallJournal } from '../../src/call/call-journal.ts';
import { CallSession } from '../../src/call/call-session.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { LineEvent, MediaChannel } from '../../src/ports/media-channel.ts';
import type { Conversation, HeardExtent, ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import type { SpeechDetector, VadVerdict } from '../../src/ports/speech-detector.ts';
import type { Logger, LogFields, Meter } from '../../src/ports/telemetry.ts';
import type { TranscribeRequest } from '../../src/ports/transcriber.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';

const FRAME_MS = 20;

function tone(durationMs: number, amplitude: number): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, i) => Math.round(amplitude * Math.sin(i / 3)));
}

const SPEECH_FRAME = encodeMulaw(pcm(8000, tone(FRAME_MS, 8000)));
const SILENT_FRAME = encodeMulaw(pcm(8000, tone(FRAME_MS, 0)));

export interface LogLine {
  readonly message: string;
  readonly fields: LogFields;
}

export interface RigOptions {
  /** What the transcriber hears, turn by turn; the last one repeats. */
  readonly hears?: readonly string[];
  readonly replyTo?: (input: ResponderInput) => readonly ReplyPart[];
  readonly clauseMs?: number;
  /** Marks are never echoed. */
  readonly deafLine?: boolean;
}

/** Scripts may be changed while the call runs. */
export class CallRig {
  readonly sentBytesAt: { at: number; ms: number }[] = [];
  readonly logs: LogLine[] = [];
  readonly counts = new Map<string, number>();
  readonly settled: { turn: number; extent: HeardExtent; text: string }[] = [];
  readonly transcribed: TranscribeRequest[] = [];
  readonly journal: CallJournal;
  readonly session: CallSession;
  hears: string[];
  cleared = 0;
  closedWith: string | null = null;
  onClosedCalls = 0;
  resets = 0;
  openSlots = 0;
  maySpeculate = true;
  failTranscriber = false;
  failSynthesizer = false;
  silentDetector = false;
  at = 171;
  readonly #options: RigOptions;
  #playhead = 0;
  #marks: { name: string; due: number }[] = [];

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.hears = [...(options.hears ?? ['hello'])];
    const facts = { callSid: 'CA1', from: 'a', to: 'b', direction: 'inbound' as const, variables: {} };
    this.journal = new CallJournal('test', facts, new Date(0));
    this.session = new CallSession(this.#deps());
  }

  #deps(): CallDeps {
    return {
      channel: this.#channel(),
      conversation: this.#conversation(),
      detector: this.#detector(),
      transcriber: {
        transcribe: (request) => {
          this.transcribed.push(request);
          if (this.failTranscriber) return Promise.reject(new CallError('lane-crashed', 'scripted'));
          const text = (this.hears.length > 1 ? this.hears.shift() : this.hears[0]) ?? '';
          return Promise.resolve({ text, matched: null, confidence: 1, waitMs: 0, inferMs: 1 });
        },
      },
      synthesizer: { speak: () => this.#speak() },
      turnEnd: null,
      maySpeculate: () => this.maySpeculate,
      clock: this.#clock(),
      logger: this.#logger(),
      meter: this.#meter(),
      policy: DEFAULT_TURN_POLICY,
      leadMs: ms(400),
      stallMs: ms(1000),
      journal: this.journal,
      onClosed: () => {
        this.onClosedCalls += 1;
      },
    };
  }

  async *#speak(): AsyncIterable<Mulaw8k> {
    await Promise.resolve();
    if (this.failSynthesizer) throw new CallError('lane-timeout', 'scripted');
    yield encodeMulaw(pcm(8000, tone(this.#options.clauseMs ?? 600, 5000)));
  }

  #channel(): MediaChannel {
    return {
      callSid: 'CA1',
      streamSid: 'MZ1',
      send: (audio) => {
        const length = audio.length / 8;
        this.sentBytesAt.push({ at: this.at, ms: length });
        this.#playhead = Math.max(this.at, this.#playhead) + length;
      },
      mark: (name) => {
        this.#marks.push({ name, due: this.#playhead });
      },
      clear: () => {
        this.cleared += 1;
        this.#playhead = this.at;
        for (const mark of this.#marks.splice(0)) this.session.receive({ type: 'mark', name: mark.name });
      },
      close: (_, reason) => {
        this.closedWith ??= reason;
      },
    };
  }

  #conversation(): Conversation {
    const replyTo =
      this.#options.replyTo ??
      ((input) => [{ kind: 'clause', text: input.kind === 'heard' ? `You said ${input.text}` : 'Hello.' }]);
    return {
      voice: 'test',
      expecting: () => ({ phrases: ['yes'], fit: () => 'unknown', keys: () => 'none' }),
      phrase: (kind) => `(${kind})`,
      reply: async function* (_, input) {
        await Promise.resolve();
        yield* replyTo(input);
      },
      settle: (turn, extent, text) => {
        this.settled.push({ turn, extent, text });
      },
      collected: () => ({ date: '2026-12-03' }),
    };
  }

  #detector(): SpeechDetector {
    return {
      open: (onVerdict: (verdict: VadVerdict) => void) => {
        this.openSlots += 1;
        let index = -1;
        let open = true;
        return {
          push: (window) => {
            index += 1;
            // A live detector never gives the same bits for long.
            const moving = (index % 7) / 1000;
            const verdict = { index, probability: (Math.max(...window) > 1000 ? 0.95 : 0.02) + moving };
            queueMicrotask(() => {
              if (open && !this.silentDetector) onVerdict(verdict);
            });
          },
          reset: () => {
            this.resets += 1;
          },
          close: () => {
            if (open) this.openSlots -= 1;
            open = false;
          },
        };
      },
    };
  }

  #clock(): Clock {
    return {
      now: () => this.at as Ms,
      date: () => new Date(this.at),
      after: () => {
        throw new Error('a call holds no timers');
      },
    };
  }

  #logger(): Logger {
    const write = (fields: LogFields, message: string): void => {
      this.logs.push({ fields, message });
    };
    const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
    return logger;
  }

  #meter(): Meter {
    return {
      count: (name, by = 1) => {
        this.counts.set(name, (this.counts.get(name) ?? 0) + by);
      },
      observe: () => undefined,
      gauge: () => undefined,
    };
  }

  receive(event: LineEvent): void {
    this.session.receive(event);
  }

  async start(): Promise<this> {
    await this.hush(FRAME_MS);
    return this;
  }

  async #frames(durationMs: number, audio: Mulaw8k): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += FRAME_MS) {
      // A frame arrives when its last sample has been spoken.
      const start = this.at as Ms;
      this.at += FRAME_MS;
      this.receive({ type: 'media', at: start, audio });
      await this.#playMarks();
      await flush();
    }
  }

  async #playMarks(): Promise<void> {
    if (this.#options.deafLine === true) return;
    const due = this.#marks.filter((mark) => mark.due <= this.at);
    this.#marks = this.#marks.filter((mark) => mark.due > this.at);
    for (const mark of due) this.receive({ type: 'mark', name: mark.name });
    await flush();
  }

  async speak(durationMs: number): Promise<void> {
    await this.#frames(durationMs, SPEECH_FRAME);
  }

  async hush(durationMs: number): Promise<void> {
    await this.#frames(durationMs, SILENT_FRAME);
  }

  /** Lets the line run in silence until the floor is in `state`. */
  async until(state: string, limitMs = 20_000): Promise<void> {
    for (let passed = 0; this.session.state !== state; passed += FRAME_MS) {
      if (passed > limitMs) throw new Error(`still ${this.session.state} after ${limitMs} ms, not ${state}`);
      await this.hush(FRAME_MS);
    }
  }

  /** One caller turn and its whole answer. */
  async turn(speechMs = 600): Promise<void> {
    await this.speak(speechMs);
    await this.until('agentSpeaking');
    await this.until('listening');
  }

  messages(message: string): LogLine[] {
    return this.logs.filter((line) => line.message === message);
  }
}

/** Runs everything that is due: microtasks and immediates, no timers. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
