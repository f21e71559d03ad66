// One media socket from the upgrade to its end: authorises the stream, feeds the call, and ends everything once.
import { ms, type Ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { LineEvent, MediaChannel } from '../ports/media-channel.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import { parseTwilioMessage, type StartMessage } from './codec.ts';
import { Line, type LineSocket } from './line.ts';
import { gateStep, WAITING, type GateState, type IgnoredReason } from './stream-gate.ts';
import { TOKEN_PARAMETER, type StreamGrant, type StreamTokens } from './stream-tokens.ts';

export interface StreamStart {
  readonly callSid: string;
  readonly streamSid: string;
  readonly accountSid: string;
  readonly grant: StreamGrant;
}

export interface StreamLimits {
  /** From the upgrade to `start`; then the socket is closed with 1008. */
  readonly startTimeoutMs: Ms;
  /** Twilio sends a frame every 20 ms, in silence too; without any for this long the line is dead. */
  readonly mediaTimeoutMs: Ms;
  readonly maxBufferedBytes: number;
}

type WireData = Buffer | ArrayBuffer | Buffer[];

/** What a media stream needs of a `ws` socket. */
export interface WireSocket extends LineSocket {
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: WireData, isBinary: boolean) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'close', listener: (code: number) => void): unknown;
}

export interface MediaSocketOptions {
  readonly socket: WireSocket;
  readonly tokens: StreamTokens;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly limits: StreamLimits;
  /** The caller is connected. Returns where the line's events go; if it throws, the socket is closed with 1011. */
  readonly onCall: (start: StreamStart, channel: MediaChannel) => (event: LineEvent) => void;
}

/** How long a peer may take to answer our Close frame; a half-open socket never answers. */
const CLOSE_GRACE_MS = ms(2_000);
/** RFC 6455: normal, policy violation, internal error, going away. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const POLICY = 1008;
const INTERNAL = 1011;
/** RFC 6455 gives a reason 123 bytes; ours are ASCII. */
const MAX_REASON_CHARS = 120;

/** Returns at once; the socket owns itself from here on and leaves no timer behind when it closes. */
export function acceptMediaSocket(options: MediaSocketOptions): void {
  new MediaSocket(options).listen();
}

class MediaSocket {
  readonly #options: MediaSocketOptions;
  #logger: Logger;
  #gate: GateState = WAITING;
  /** Where events go; null before `start` and after `closed`. */
  #deliver: ((event: LineEvent) => void) | null = null;
  #closing = false;
  #lastMediaAt: Ms;
  #cancelDeadline: () => void = () => undefined;
  #cancelGrace: () => void = () => undefined;
  readonly #logged = new Set<string>();

  constructor(options: MediaSocketOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#lastMediaAt = options.clock.now();
  }

  listen(): void {
    const { socket, clock, limits } = this.#options;
    this.#cancelDeadline = clock.after(limits.startTimeoutMs, () => {
      this.#refuse('no-start');
    });
    socket.on('message', (data: WireData, isBinary: boolean) => {
      if (isBinary) this.#ignore('binary');
      else this.#receive(textOf(data));
    });
    socket.on('error', (error: Error) => {
      this.#logger.warn({ error: error.message }, 'media socket failed');
    });
    socket.once('close', (code: number) => {
      this.#logger.debug({ code }, 'media socket closed');
      this.#cancelDeadline();
      this.#cancelGrace();
      this.#finish('socket-closed');
    });
  }

  #receive(text: string): void {
    const [gate, output] = gateStep(this.#gate, parseTwilioMessage(text));
    this.#gate = gate;
    switch (output.type) {
      case 'nothing':
        return;
      case 'ignored':
        this.#ignore(output.reason);
        return;
      case 'start':
        this.#start(output.start);
        return;
      case 'event':
        this.#pass(output.event);
    }
  }

  #start(start: StartMessage): void {
    if (this.#closing) return;
    const { tokens, limits, socket } = this.#options;
    const { callSid, streamSid, accountSid } = start;
    this.#cancelDeadline();
    this.#logger = this.#logger.child({ callSid, streamSid });
    const redemption = tokens.redeem(start.customParameters[TOKEN_PARAMETER], callSid);
    if (!redemption.ok) {
      this.#refuse(redemption.reason);
      return;
    }
    const channel = new Line({
      socket,
      callSid,
      streamSid,
      maxBufferedBytes: limits.maxBufferedBytes,
      onOverflow: () => {
        this.#overflow();
      },
      onClose: (code, reason) => {
        this.#close(code, reason);
      },
    });
    this.#guard(() => {
      this.#deliver = this.#options.onCall(
        { callSid, streamSid, accountSid, grant: redemption.grant },
        channel,
      );
    });
    this.#lastMediaAt = this.#options.clock.now();
    this.#watchMedia(limits.mediaTimeoutMs);
  }

  #pass(event: LineEvent): void {
    if (event.type === 'closed') {
      this.#finish(event.reason);
      this.#close(NORMAL, 'stream stopped');
      return;
    }
    if (event.type === 'media') this.#lastMediaAt = this.#options.clock.now();
    if (!this.#closing) this.#guard(() => this.#deliver?.(event));
  }

  /** One timer per stream that looks again when it is due, instead of one per frame. */
  #watchMedia(delay: Ms): void {
    if (this.#closing) return;
    const { clock, limits } = this.#options;
    this.#cancelDeadline = clock.after(delay, () => {
      const left = this.#lastMediaAt + limits.mediaTimeoutMs - clock.now();
      if (left > 0) {
        this.#watchMedia(ms(left));
        return;
      }
      this.#logger.warn({}, 'no media from Twilio');
      this.#finish('media-timeout');
      this.#close(GOING_AWAY, 'no media');
    });
  }

  #overflow(): void {
    if (this.#closing) return;
    this.#options.meter.count('line_overflows');
    this.#logger.warn({ bufferedBytes: this.#options.socket.bufferedAmount }, 'media socket does not drain');
    this.#closing = true;
    // A Close frame would wait behind everything that did not drain.
    this.#options.socket.terminate();
  }

  #refuse(reason: string): void {
    this.#options.meter.count('streams_refused', 1, { reason });
    this.#logger.warn({ reason }, 'media stream refused');
    this.#close(POLICY, reason);
  }

  /** A bug in the call ends the call, never the process. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#logger.error({ err: error }, 'call failed');
      this.#close(INTERNAL, 'call failed');
    }
  }

  #finish(reason: (LineEvent & { type: 'closed' })['reason']): void {
    const deliver = this.#deliver;
    this.#deliver = null;
    this.#gate = { kind: 'over' };
    if (deliver === null) return;
    this.#guard(() => {
      deliver({ type: 'closed', reason });
    });
  }

  #close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelDeadline();
    const { socket, clock } = this.#options;
    this.#cancelGrace = clock.after(CLOSE_GRACE_MS, () => {
      socket.terminate();
    });
    socket.close(code, reason.slice(0, MAX_REASON_CHARS));
  }

  #ignore(reason: IgnoredReason | 'binary'): void {
    this.#options.meter.count('twilio_messages_ignored', 1, { reason });
    if (this.#logged.has(reason)) return;
    this.#logged.add(reason);
    this.#logger.warn({ reason }, 'Twilio message ignored');
  }
}

function textOf(data: WireData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
