// One bidirectional media stream as Twilio runs it: 20 ms of caller audio at a time, modelled playout, marks, hang-up.
import { decodeMulaw } from '../audio/mulaw.ts';
import { FRAME_MS, FRAME_SAMPLES } from '../audio/units.ts';
import type { Caller, CallerAction } from './caller.ts';
import type { CallerSource } from './caller-line.ts';
import { LineFaults } from './line-faults.ts';
import { AgentEar } from './loudness.ts';
import { OutgoingLine } from './outgoing-line.ts';
import { Playout } from './playout.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import { readServerMessage, type ServerMessage, type StreamIds } from './wire.ts';

/** The socket under a stream; the real one is in stream-socket.ts. */
export interface StreamSocket {
  send(text: string): void;
  /** Bytes that the server has not read yet. */
  readonly bufferedBytes: number;
  /** A close frame without a status, which the server sees as 1005. Idempotent. */
  close(): void;
  terminate(): void;
  /** Each takes one listener; null data is a binary message. */
  onMessage(listener: (text: string | null) => void): void;
  onClose(listener: (code: number) => void): void;
}

export interface StreamOptions {
  readonly socket: StreamSocket;
  readonly clock: SimulatorClock;
  readonly ids: StreamIds;
  readonly parameters: Readonly<Record<string, string>>;
  /** The timestamp of the first media message; Twilio's is not 0. */
  readonly firstTimestampMs: number;
  readonly caller: Pick<Caller, 'decide' | 'spoken' | 'finished'>;
  readonly line: CallerSource;
  /** What is wrong with the line; absent for a good one. */
  readonly faults?: LineFaults;
  /** Given 20 ms of both sides at a time, in order and without gaps. */
  readonly onFrame: (caller: Int16Array, agent: Int16Array) => void;
  /** Called when the agent has gone quiet after it was heard, and when it begins to be heard. */
  readonly onAgent: (event: 'heard' | 'quiet') => void;
}

/** Who ended the stream. `refused` is a close for a fault (1008, 1011); `broken` a socket gone without a close frame. */
export type StreamEnd = 'agent' | 'caller' | 'refused' | 'broken' | 'too-long';

export interface StreamResult {
  readonly endedBy: StreamEnd;
  readonly closeCode: number;
  readonly framesSent: number;
  /** Of those, the ones sent just before an end by the agent: it may never have read them. */
  readonly framesAtClose: number;
  /** Frames Twilio would have dropped because the server read too slowly (31930). */
  readonly framesDropped: number;
  /** How late the latest frame was sent. */
  readonly maxLateMs: number;
  readonly marksReturned: number;
  readonly clears: number;
  readonly audioReceivedMs: number;
  /** `code detail`, each kind once, with how often it came. */
  readonly warnings: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

const CLOSE_TIMEOUT_MS = 2_000;
const MAX_STREAM_MS = 60 * 60_000;
/** Below this the agent's silence may be a pause between two clauses. */
const QUIET_MS = 500;

/** Different kinds of warnings that are told apart; further ones are counted under the last. */
const MAX_WARNING_KINDS = 100;

/** Runs once: `run` resolves when the socket is closed. Timers and listeners end with it. */
export class SimulatedStream {
  readonly #options: StreamOptions;
  readonly #out: OutgoingLine;
  readonly #playout = new Playout();
  readonly #ear = new AgentEar();
  readonly #warnings = new Map<string, number>();
  #originMs = 0;
  #frames = 0;
  #maxLateMs = 0;
  #clears = 0;
  #receivedSamples = 0;
  #keys: { digit: string; atMs: number }[] = [];
  #endedBy: StreamEnd | null = null;
  #agentHeard = false;
  #cancelFrame = (): void => undefined;
  #cancelMark = (): void => undefined;
  #cancelClose = (): void => undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { socket, clock, ids } = options;
    this.#out = new OutgoingLine({
      socket,
      clock,
      ids,
      faults: options.faults ?? new LineFaults(),
      onDrop: () => {
        this.#warn(31930, 'the server reads too slowly');
      },
    });
  }

  get ear(): AgentEar {
    return this.#ear;
  }

  /** Milliseconds since the stream began. */
  get elapsedMs(): number {
    return this.#options.clock.now() - this.#originMs;
  }

  /** `signal` hangs up. */
  run(signal: AbortSignal): Promise<StreamResult> {
    const { socket, clock, parameters } = this.#options;
    return new Promise((resolve) => {
      const abort = (): void => {
        this.#hangUp('caller');
      };
      socket.onMessage((text) => {
        this.#receive(text);
      });
      socket.onClose((code) => {
        signal.removeEventListener('abort', abort);
        this.#stopTimers();
        this.#hearTheRest();
        resolve(this.#result(code));
      });
      this.#originMs = clock.now();
      this.#out.open(parameters);
      this.#scheduleFrame();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  #scheduleFrame(): void {
    const dueMs = this.#originMs + (this.#frames + 1) * FRAME_MS;
    this.#cancelFrame = this.#options.clock.at(dueMs, () => {
      this.#sendDueFrames();
    });
  }

  /** Frame n covers [n, n + 1) × 20 ms and leaves at its end. After a stall everything that is due leaves at once. */
  #sendDueFrames(): void {
    while (this.#endedBy === null && (this.#frames + 1) * FRAME_MS <= this.elapsedMs) this.#sendFrame();
    if (this.#endedBy === null) this.#scheduleFrame();
  }

  #sendFrame(): void {
    const { caller, line, firstTimestampMs } = this.#options;
    const startSample = this.#frames * FRAME_SAMPLES;
    const endMs = (this.#frames + 1) * FRAME_MS;
    const agent = this.#playout.render(startSample + FRAME_SAMPLES);
    this.#ear.hear(agent, startSample);
    const action = caller.decide(endMs, {
      spurts: this.#ear.spurts,
      playoutBusy: this.#playout.isBusy(startSample + FRAME_SAMPLES),
    });
    if (action !== null) this.#act(action, endMs);
    const frame = line.frame();
    this.#options.onFrame(frame.samples, agent);
    if (this.#endedBy !== null) return;
    this.#out.media(firstTimestampMs + this.#frames * FRAME_MS, frame.payload);
    this.#frames += 1;
    const sentMs = this.elapsedMs;
    this.#maxLateMs = Math.max(this.#maxLateMs, sentMs - endMs);
    if (sentMs > MAX_STREAM_MS) this.#hangUp('too-long');
    if (frame.speechEnded) caller.spoken(sentMs);
    if (frame.clipEnded) caller.finished(sentMs);
    this.#pressKeys(endMs);
    this.#tellAgent(endMs);
  }

  /** What was played between the last frame and the end of the stream; the caller's side of it was never sent. */
  #hearTheRest(): void {
    const startSample = this.#frames * FRAME_SAMPLES;
    const played = Math.min(FRAME_SAMPLES, Math.floor(this.elapsedMs * 8) - startSample);
    if (played <= 0) return;
    const agent = new Int16Array(FRAME_SAMPLES);
    agent.set(this.#playout.render(startSample + played));
    this.#ear.hear(agent, startSample);
    this.#options.onFrame(new Int16Array(FRAME_SAMPLES), agent);
  }

  #act(action: CallerAction, nowMs: number): void {
    switch (action.type) {
      case 'say':
        this.#options.line.say(action.clip);
        // With nothing left to play, whatever comes next is a new reply, however soon it comes.
        if (!this.#playout.isBusy(nowMs * 8)) this.#ear.cut(nowMs);
        return;
      case 'press':
        this.#keys = Array.from(action.digits, (digit, index) => ({
          digit,
          atMs: nowMs + index * action.everyMs,
        }));
        return;
      case 'hang-up':
        this.#hangUp('caller');
    }
  }

  #pressKeys(nowMs: number): void {
    const [key] = this.#keys;
    if (key === undefined || key.atMs > nowMs) return;
    this.#keys.shift();
    this.#out.dtmf(key.digit);
    if (this.#keys.length > 0) return;
    this.#options.caller.spoken(this.elapsedMs);
    this.#options.caller.finished(this.elapsedMs);
  }

  #tellAgent(nowMs: number): void {
    const last = this.#ear.lastAudibleMs;
    if (last === null) return;
    const heard = nowMs - last < QUIET_MS;
    if (heard === this.#agentHeard) return;
    this.#agentHeard = heard;
    this.#options.onAgent(heard ? 'heard' : 'quiet');
  }

  #receive(text: string | null): void {
    if (this.#endedBy !== null) return;
    if (text === null) {
      this.#warn(31950, 'binary message');
      return;
    }
    const read = readServerMessage(text, this.#options.ids.streamSid);
    if (read.ok) this.#play(read.message);
    else this.#warn(read.code, read.detail);
  }

  #play(message: ServerMessage): void {
    const now = Math.round(this.elapsedMs * 8);
    switch (message.event) {
      case 'media': {
        const audio = decodeMulaw(message.audio).samples;
        this.#receivedSamples += audio.length;
        if (!this.#playout.media(now, audio)) this.#warn(31931, 'more than ten minutes queued');
        return;
      }
      case 'mark':
        if (!this.#playout.mark(now, message.name)) this.#warn(31951, 'too many marks pending');
        this.#returnMarks();
        return;
      case 'clear':
        this.#clears += 1;
        this.#ear.clear(now / 8);
        this.#out.marks(this.#playout.clear(now));
        this.#cancelMark();
    }
  }

  #returnMarks(): void {
    this.#out.marks(this.#playout.takeDueMarks(Math.round(this.elapsedMs * 8)));
    const nextAt = this.#playout.nextMarkAt;
    this.#cancelMark();
    if (nextAt === null) return;
    this.#cancelMark = this.#options.clock.at(this.#originMs + nextAt / 8, () => {
      this.#returnMarks();
    });
  }

  #hangUp(endedBy: StreamEnd): void {
    if (this.#endedBy !== null) return;
    this.#endedBy = endedBy;
    const { socket, clock } = this.#options;
    this.#stopTimers();
    this.#out.stop();
    socket.close();
    this.#cancelClose = clock.at(clock.now() + CLOSE_TIMEOUT_MS, () => {
      socket.terminate();
    });
  }

  #stopTimers(): void {
    this.#cancelFrame();
    this.#cancelMark();
    this.#cancelClose();
    this.#out.close();
  }

  #warn(code: number, detail: string): void {
    const known = this.#warnings.size < MAX_WARNING_KINDS;
    const key = known ? `${code} ${detail}` : `${code} and others`;
    this.#warnings.set(key, (this.#warnings.get(key) ?? 0) + 1);
  }

  #result(closeCode: number): StreamResult {
    const durationMs = this.elapsedMs;
    const endedBy = this.#endedBy ?? endOf(closeCode);
    this.#endedBy = endedBy;
    return {
      endedBy,
      closeCode,
      framesSent: this.#out.framesSent,
      framesAtClose: endedBy === 'agent' ? this.#out.framesInFlight : 0,
      framesDropped: this.#out.framesDropped,
      maxLateMs: this.#maxLateMs,
      marksReturned: this.#out.marksReturned,
      clears: this.#clears,
      audioReceivedMs: this.#receivedSamples / 8,
      warnings: Object.fromEntries(this.#warnings),
      durationMs,
    };
  }
}

function endOf(closeCode: number): StreamEnd {
  if (closeCode === 1006) return 'broken';
  return closeCode === 1000 || closeCode === 1001 || closeCode === 1005 ? 'agent' : 'refused';
}
