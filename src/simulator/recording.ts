// Writes both sides of a call to a stereo WAV file as it happens, and keeps the outline that the call page draws.
import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { once } from 'node:events';
import { FRAME_SAMPLES, LINE_HZ } from '../audio/units.ts';

const HEADER_BYTES = 44;
const CHANNELS = 2;
const BYTES_PER_FRAME = FRAME_SAMPLES * CHANNELS * 2;
/** One second of both sides is gathered before it is written. */
const FRAMES_PER_WRITE = 50;

/** The loudest sample of every 20 ms of each side, 0 to 32768. */
export interface Outline {
  readonly caller: readonly number[];
  readonly agent: readonly number[];
}

/** Caller left, agent right, 8 kHz, 16 bit. Holds a second of audio and the outline; the rest is on disk. */
export class StereoRecording {
  readonly file: string;
  readonly #stream: WriteStream;
  readonly #caller: number[] = [];
  readonly #agent: number[] = [];
  #pending: Buffer[] = [];
  #frames = 0;
  #failure: Error | null = null;

  constructor(file: string) {
    this.file = file;
    this.#stream = createWriteStream(file);
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
    this.#stream.write(wavHeader(0));
  }

  get outline(): Outline {
    return { caller: this.#caller, agent: this.#agent };
  }

  /** 160 samples of each side. */
  write(caller: Int16Array, agent: Int16Array): void {
    const block = Buffer.alloc(BYTES_PER_FRAME);
    for (let index = 0; index < FRAME_SAMPLES; index += 1) {
      block.writeInt16LE(caller[index] ?? 0, index * 4);
      block.writeInt16LE(agent[index] ?? 0, index * 4 + 2);
    }
    this.#caller.push(loudest(caller));
    this.#agent.push(loudest(agent));
    this.#frames += 1;
    this.#pending.push(block);
    if (this.#pending.length >= FRAMES_PER_WRITE) this.#flush();
  }

  /** Ends the file with the right lengths in its header. Rejects when the disk refused something. */
  async close(): Promise<void> {
    this.#flush();
    this.#stream.end();
    if (!this.#stream.closed && this.#failure === null) await once(this.#stream, 'close');
    if (this.#failure !== null) throw this.#failure;
    const file = await open(this.file, 'r+');
    try {
      await file.write(wavHeader(this.#frames * BYTES_PER_FRAME), 0, HEADER_BYTES, 0);
    } finally {
      await file.close();
    }
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#stream.write(Buffer.concat(this.#pending));
    this.#pending = [];
  }
}

function loudest(samples: Int16Array): number {
  return samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(LINE_HZ, 24);
  header.writeUInt32LE(LINE_HZ * CHANNELS * 2, 28);
  header.writeUInt16LE(CHANNELS * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
