// The sending side of a media stream: audio cut into messages, marks and clears, never more buffered than allowed.
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';
import type { MediaChannel } from '../ports/media-channel.ts';
import { clearMessage, markMessage, mediaMessage } from './codec.ts';

/** Twilio's largest message is not documented; 400 ms were seen to work, and under 20 ms the playback jitters. */
const MAX_MESSAGE_BYTES = 3_200;

/** What sending needs of a `ws` socket. */
export interface LineSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string): void;
}

export interface LineOptions {
  readonly socket: LineSocket;
  readonly callSid: string;
  readonly streamSid: string;
  /** Unsent bytes at which the line is given up: the network has been gone for minutes of audio. */
  readonly maxBufferedBytes: number;
  /** Called at the bound instead of sending. */
  readonly onOverflow: () => void;
  readonly onClose: (code: number, reason: string) => void;
}

const OPEN = 1;

/** Does nothing once the socket is not open. */
export class Line implements MediaChannel {
  readonly callSid: string;
  readonly streamSid: string;
  readonly #options: LineOptions;

  constructor(options: LineOptions) {
    this.callSid = options.callSid;
    this.streamSid = options.streamSid;
    this.#options = options;
  }

  /** Any length: cut evenly into messages of 20 to 400 ms; only audio shorter than 20 ms goes out as it is. */
  send(audio: Mulaw8k): void {
    for (const piece of cut(audio)) this.#write(mediaMessage(this.streamSid, piece));
  }

  mark(name: string): void {
    this.#write(markMessage(this.streamSid, name));
  }

  clear(): void {
    this.#write(clearMessage(this.streamSid));
  }

  close(code: number, reason: string): void {
    this.#options.onClose(code, reason);
  }

  #write(text: string): void {
    const { socket, maxBufferedBytes, onOverflow } = this.#options;
    if (socket.readyState !== OPEN) return;
    if (socket.bufferedAmount + text.length > maxBufferedBytes) onOverflow();
    else socket.send(text);
  }
}

function* cut(audio: Mulaw8k): Generator<Mulaw8k> {
  if (audio.length === 0) return;
  const size = Math.ceil(audio.length / Math.ceil(audio.length / MAX_MESSAGE_BYTES));
  for (let from = 0; from < audio.length; from += size) yield mulaw8k(audio.subarray(from, from + size));
}
