// A whole CallSession over scripted ports: caller audio by duration, a line that plays and returns marks, no real time.
import { mulaw8k, ms, type Ms, type Mulaw8k } from '../../src/audio/units.ts';
import type { CallDeps } from '../../src/call/call-deps.ts';
import { CallJournal } from '../../src/call/call-journal.ts';
import { CallSession } from '../../src/call/call-session.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OutboundPlan } from '../../src/ports/outbound.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { LineEvent } from '../../src/ports/media-channel.ts';
import type {
  AnswerFit,
  Conversation,
  HeardExtent,
  PhraseKind,
  ReplyPart,
  ResponderInput,
} from '../../src/ports/responder.ts';
import type { Synthesizer } from '../../src/ports/synthesizer.ts';
import type { Logger, LogFields, Meter } from '../../src/ports/telemetry.ts';
import type { Transcriber, TranscribeRequest } from '../../src/ports/transcriber.ts';
import type { TurnEndDetector } from '../../src/ports/turn-end.ts';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../../src/turn/policy.ts';
import { ScriptedDetector } from './scripted-detector.ts';
import { ScriptedLine } from './scripted-line.ts';
import {
  ECHO_FRAME,
  FRAME_MS,
  ScriptedSpeech,
  SILENT_FRAME,
  SPEECH_FRAME,
  toneAudio,
} from './scripted-speech.ts';
import { ScriptedWork, type Takes } from './scripted-work.ts';

/** As the owner of the calls does it. */
const PULSE_MS = 200;

export interface LogLine {
  readonly at: number;
  readonly message: string;
  readonly fields: LogFields;
}

export interface RigOptions {
  /** What the transcriber hears, turn by turn, the last one repeats; or what was really said. */
  readonly hears?: readonly string[] | 'what-was-said';
  readonly replyTo?: (input: ResponderInput) => Iterable<ReplyPart>;
  readonly clauseMs?: number;
  /** Marks are never echoed. */
  readonly deafLine?: boolean;
  readonly policy?: Partial<TurnPolicy>;
  readonly turnEnd?: TurnEndDetector;
  readonly outbound?: OutboundPlan;
  readonly wantsAudio?: boolean;
  /** Of several calls. */
  readonly detector?: ScriptedDetector;
}

export interface Asked {
  readonly at: number;
  readonly turn: number;
  readonly input: ResponderInput;
  /** When the reply was wanted for certain; null while it was not. */
  releasedAt: number | null;
}

/** Scripts may be changed while the call runs. */
export class CallRig {
  readonly logs: LogLine[] = [];
  /** Counters, and `counter:label` for each label. */
  readonly counts = new Map<string, number>();
  readonly settled: { turn: number; extent: HeardExtent; text: string }[] = [];
  readonly transcribed: TranscribeRequest[] = [];
  readonly asked: Asked[] = [];
  readonly phrases: { at: number; kind: PhraseKind }[] = [];
  readonly journal: CallJournal;
  readonly session: CallSession;
  readonly line: ScriptedLine;
  readonly detector: ScriptedDetector;
  readonly work: ScriptedWork;
  readonly speech = new ScriptedSpeech();
  hears: string[];
  onClosedCalls = 0;
  maySpeculate = true;
  /** Whether the conversation lets a reply be begun early. */
  mayPrepare = true;
  failTranscriber = false;
  failSynthesizer = false;
  transcriberTakes: Takes = 0;
  responder: 'answers' | 'says-nothing' | 'fails' = 'answers';
  responderTakes: Takes = 0;
  voice: 'speaks' | 'gives-no-audio' = 'speaks';
  /** Of everything but fillers. */
  voiceTakes: Takes = 0;
  keys: 'not-expected' | 'four-expected' = 'not-expected';
  fit: (text: string) => AnswerFit = () => 'unknown';
  /** The line's clock, and the wall's. */
  at = 171;
  /** Lengths of the packets that a frame comes in, one after the other. */
  packetsMs: readonly number[] = [FRAME_MS];
  /** When the last packet came. */
  packetAt = 171;
  /** Called after every frame. */
  onFrame: () => void = () => undefined;
  readonly #options: RigOptions;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    const { hears = ['hello'] } = options;
    this.hears = hears === 'what-was-said' ? [] : [...hears];
    const now = (): number => this.at;
    this.work = new ScriptedWork(now);
    this.detector = options.detector ?? new ScriptedDetector(now);
    this.line = new ScriptedLine({
      now,
      onMark: (name) => {
        this.session.receive({ type: 'mark', name });
      },
    });
    if (options.deafLine === true) this.line.marks = 'lost';
    const facts = { callSid: 'CA1', from: 'a', to: 'b', direction: 'inbound' as const, variables: {} };
    this.journal = new CallJournal('test', facts, new Date(0));
    this.session = new CallSession(this.#deps());
  }

  #deps(): CallDeps {
    return {
      channel: this.line,
      conversation: this.#conversation(),
      detector: this.detector,
      transcriber: this.#transcriber(),
      synthesizer: this.#synthesizer(),
      turnEnd: this.#options.turnEnd ?? null,
      maySpeculate: () => this.maySpeculate,
      clock: this.#clock(),
      logger: this.#logger(),
      meter: this.#meter(),
      policy: { ...DEFAULT_TURN_POLICY, ...this.#options.policy },
      leadMs: ms(400),
      stallMs: ms(1000),
      journal: this.journal,
      outbound: this.#options.outbound ?? null,
      onClosed: () => {
        this.onClosedCalls += 1;
      },
    };
  }

  #transcriber(): Transcriber {
    const answer = (text: string) => ({ text, matched: null, confidence: 1, waitMs: 0, inferMs: 1 });
    return {
      transcribe: async (request, signal) => {
        this.transcribed.push(request);
        const fails = this.failTranscriber;
        const text =
          this.#options.hears === 'what-was-said' ? this.speech.hear(request.audio) : this.#nextText();
        await this.work.wait(this.transcriberTakes, signal);
        if (fails) throw new CallError('lane-crashed', 'scripted');
        return answer(text);
      },
    };
  }

  #nextText(): string {
    if (this.failTranscriber) return '';
    return (this.hears.length > 1 ? this.hears.shift() : this.hears[0]) ?? '';
  }

  #synthesizer(): Synthesizer {
    const speak = async function* (rig: CallRig, text: string, signal: AbortSignal): AsyncIterable<Mulaw8k> {
      await rig.work.wait(text === '(filler)' ? 0 : rig.voiceTakes, signal);
      if (rig.failSynthesizer) throw new CallError('lane-timeout', 'scripted');
      if (rig.voice === 'speaks') yield toneAudio(rig.#options.clauseMs ?? 600, 5000);
    };
    return { speak: ({ text }, signal) => speak(this, text, signal) };
  }

  #conversation(): Conversation {
    const replyTo =
      this.#options.replyTo ??
      ((input) => [{ kind: 'clause', text: input.kind === 'heard' ? `You said ${input.text}` : 'Hello.' }]);
    const reply = async function* (
      rig: CallRig,
      input: ResponderInput,
      signal: AbortSignal,
    ): AsyncIterable<ReplyPart> {
      await rig.work.wait(rig.responderTakes, signal);
      if (rig.responder === 'fails') throw new CallError('responder-failed', 'scripted');
      if (rig.responder === 'answers') yield* replyTo(input);
    };
    return {
      voice: 'test',
      wantsAudio: this.#options.wantsAudio ?? false,
      mayPrepare: () => this.mayPrepare,
      counters: () => ({}),
      expecting: () => ({
        phrases: ['yes'],
        fit: (text) => this.fit(text),
        keys: (digits) => {
          if (this.keys === 'not-expected') return 'none';
          return digits.length < 4 ? 'part' : 'whole';
        },
      }),
      phrase: (kind) => {
        this.phrases.push({ at: this.at, kind });
        return `(${kind})`;
      },
      reply: (turn, input, { signal, released }) => {
        const asked: Asked = { at: this.at, turn, input, releasedAt: null };
        this.asked.push(asked);
        void released.then(() => {
          asked.releasedAt = this.at;
        });
        return reply(this, input, signal);
      },
      settle: (turn, extent, text) => {
        this.settled.push({ turn, extent, text });
      },
      collected: () => ({ date: '2026-12-03' }),
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
      this.logs.push({ at: this.at, fields, message });
    };
    const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
    return logger;
  }

  #meter(): Meter {
    const add = (name: string, by: number): void => {
      this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    };
    return {
      count: (name, by = 1, labels) => {
        add(name, by);
        for (const label of Object.values(labels ?? {})) add(`${name}:${String(label)}`, by);
      },
      observe: () => undefined,
      gauge: () => undefined,
    };
  }

  get sentBytesAt(): readonly { at: number; ms: number }[] {
    return this.line.sent;
  }

  get cleared(): number {
    return this.line.clearedAt.length;
  }

  get closedWith(): string | null {
    return this.line.closedWith;
  }

  get resets(): number {
    return this.detector.resets;
  }

  get openSlots(): number {
    return this.detector.openSlots;
  }

  set silentDetector(silent: boolean) {
    this.detector.verdicts = silent ? 'none' : 'right';
  }

  receive(event: LineEvent): void {
    this.session.receive(event);
  }

  async start(): Promise<this> {
    await this.hush(FRAME_MS);
    return this;
  }

  async frames(durationMs: number, audio: Mulaw8k): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += FRAME_MS) {
      // A frame arrives when its last sample has been spoken.
      const start = this.at;
      this.at += FRAME_MS;
      this.#deliver(start, audio);
      await this.catchUp();
    }
  }

  #deliver(start: number, audio: Mulaw8k): void {
    this.packetAt = this.at;
    for (let offset = 0; offset < FRAME_MS;) {
      const [size = FRAME_MS, ...later] = this.packetsMs;
      const end = Math.min(FRAME_MS, offset + size);
      this.receive({
        type: 'media',
        at: ms(start + offset),
        audio: mulaw8k(audio.subarray(offset * 8, end * 8)),
      });
      this.packetsMs = [...later, size];
      offset = end;
    }
  }

  /** The line and the ports do what is due by now. */
  async catchUp(): Promise<void> {
    this.line.play();
    this.work.run();
    await flush();
    this.onFrame();
  }

  async speak(durationMs: number): Promise<void> {
    await this.frames(durationMs, SPEECH_FRAME);
  }

  /** An utterance that a transcriber of what was said gives back; a noise if there is no text. */
  async say(text: string, durationMs: number): Promise<void> {
    await this.frames(durationMs, this.speech.frame(text));
  }

  async hush(durationMs: number): Promise<void> {
    await this.frames(durationMs, SILENT_FRAME);
  }

  /** The agent's own voice comes back, where there is any. */
  async echo(durationMs: number): Promise<void> {
    await this.frames(durationMs, ECHO_FRAME);
  }

  /** No packet comes for this long; the owner's pulse goes on. Afterwards they are lost, or come all at once. */
  async stall(durationMs: number, packets: 'lost' | 'late', audio: Mulaw8k = SILENT_FRAME): Promise<void> {
    const from = this.at;
    for (let passed = 0; passed < durationMs; passed += FRAME_MS) {
      this.at += FRAME_MS;
      if ((passed + FRAME_MS) % PULSE_MS === 0) this.session.pulse();
      await this.catchUp();
    }
    if (packets === 'lost') return;
    for (let start = from; start < this.at; start += FRAME_MS) {
      this.#deliver(start, audio);
    }
    await this.catchUp();
  }

  /** Two packets in the wrong order, and the first of them twice. */
  async disorder(audio: Mulaw8k = SILENT_FRAME): Promise<void> {
    const first = ms(this.at);
    const second = ms(this.at + FRAME_MS);
    this.at += 2 * FRAME_MS;
    for (const at of [second, first, first]) this.receive({ type: 'media', at, audio });
    await this.catchUp();
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

  /** Every port works as it should from now on. */
  mend(): void {
    this.failTranscriber = false;
    this.failSynthesizer = false;
    this.transcriberTakes = 0;
    this.responder = 'answers';
    this.responderTakes = 0;
    this.voice = 'speaks';
    this.voiceTakes = 0;
    this.line.marks = 'returned';
    this.detector.verdicts = 'right';
    this.detector.slots = 'free';
  }

  messages(message: string): LogLine[] {
    return this.logs.filter((line) => line.message === message);
  }
}

/** Runs everything that is due: microtasks and immediates, no timers. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
