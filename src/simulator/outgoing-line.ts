// Everything Twilio sends on one stream: written and numbered as it leaves, through whatever is wrong with the line.
import type { LineFaults, LineMessage } from './line-faults.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import { TwilioWriter, type StreamIds } from './wire.ts';

export interface OutgoingOptions {
  readonly socket: { send(text: string): void; readonly bufferedBytes: number };
  readonly clock: SimulatorClock;
  readonly ids: StreamIds;
  readonly faults: LineFaults;
  /** The server reads too slowly: a frame was dropped. */
  readonly onDrop: () => void;
}

/** The server closes and the last frames cross that message on the wire. */
const CLOSE_WINDOW_MS = 100;
/** A server that does not read gets this much; then the caller's audio is dropped. */
const MAX_BUFFERED_BYTES = 1_000_000;

/** Ends with `stop` or `close`: nothing is sent afterwards, and no timer is left. */
export class OutgoingLine {
  readonly #options: OutgoingOptions;
  readonly #writer: TwilioWriter;
  readonly #recentSends: number[] = [];
  readonly #lateMarks = new Set<() => void>();
  #framesSent = 0;
  #framesDropped = 0;
  #marksReturned = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#writer = new TwilioWriter(options.ids);
  }

  get framesSent(): number {
    return this.#framesSent;
  }

  get framesDropped(): number {
    return this.#framesDropped;
  }

  get marksReturned(): number {
    return this.#marksReturned;
  }

  /** Frames sent so shortly before now that a server that closes now may never have read them. */
  get framesInFlight(): number {
    const sinceMs = this.#options.clock.now() - CLOSE_WINDOW_MS;
    return this.#recentSends.filter((sentMs) => sentMs >= sinceMs).length;
  }

  open(parameters: Readonly<Record<string, string>>): void {
    this.#options.socket.send(this.#writer.connected());
    this.#options.socket.send(this.#writer.start(parameters));
  }

  /** Called once for each 20 ms of the caller. */
  media(timestampMs: number, payload: string): void {
    this.#sendAll(this.#options.faults.media({ type: 'media', timestampMs, payload }));
  }

  dtmf(digit: string): void {
    this.#sendAll(this.#options.faults.other({ type: 'dtmf', digit }));
  }

  marks(names: readonly string[]): void {
    const { clock, faults } = this.#options;
    for (const name of names) {
      const back = faults.mark(name);
      const send = (): void => {
        for (const one of back.names) this.#sendAll(faults.other({ type: 'mark', name: one }));
      };
      if (back.lateMs === 0) {
        send();
        continue;
      }
      const cancel = clock.at(clock.now() + back.lateMs, () => {
        this.#lateMarks.delete(cancel);
        send();
      });
      this.#lateMarks.add(cancel);
    }
  }

  /** What a stall held back, then the stream's last message. */
  stop(): void {
    this.close();
    this.#sendAll(this.#options.faults.release());
    this.#options.socket.send(this.#writer.stop());
  }

  close(): void {
    for (const cancel of this.#lateMarks) cancel();
    this.#lateMarks.clear();
  }

  #sendAll(messages: readonly LineMessage[]): void {
    for (const message of messages) this.#send(message);
  }

  #send(message: LineMessage): void {
    const { socket } = this.#options;
    switch (message.type) {
      case 'media':
        this.#sendFrame(this.#writer.media(message.timestampMs, message.payload));
        return;
      case 'mark':
        this.#marksReturned += 1;
        socket.send(this.#writer.mark(message.name));
        return;
      case 'dtmf':
        socket.send(this.#writer.dtmf(message.digit));
    }
  }

  #sendFrame(text: string): void {
    const { socket, clock, onDrop } = this.#options;
    if (socket.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.#framesDropped += 1;
      onDrop();
      return;
    }
    socket.send(text);
    this.#framesSent += 1;
    const nowMs = clock.now();
    this.#recentSends.push(nowMs);
    while ((this.#recentSends[0] ?? nowMs) < nowMs - CLOSE_WINDOW_MS) this.#recentSends.shift();
  }
}
