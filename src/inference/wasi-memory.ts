// The few WASI calls that Flite makes, served from memory: no file of the machine can be read or written by it.
import type { WasmImports, WasmMemory } from './wasm.ts';

/** Error numbers of WASI preview 1. */
const OK = 0;
const BAD_DESCRIPTOR = 8;
const NO_SUCH_FILE = 44;
const CANNOT_SEEK = 70;
/** File types of WASI preview 1. */
const CHARACTER_DEVICE = 2;
const DIRECTORY = 3;
const REGULAR_FILE = 4;

const STDERR = 2;
/** The one folder, open from the start, and the one file that can be made in it. */
const ROOT = 3;
const FILE = 4;
const ROOT_NAME = '/';
const CREATE_FLAG = 1;
/** A 1,000 character clause makes about 3 MB. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_CONSOLE_CHARACTERS = 10_000;

/** Thrown out of the program by its own exit. Its stack is not unwound, so that instance is spent. */
export class WasiExit extends Error {
  override readonly name = 'WasiExit';
  readonly code: number;

  constructor(code: number) {
    super(`The program exited with ${code}.`);
    this.code = code;
  }
}

/** One program's view of the system. `attach` names its memory once it is there. */
export class WasiMemory {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #memory: WasmMemory | null = null;
  #args: Uint8Array[] = [];
  #console = '';
  #file: Uint8Array = new Uint8Array(0);
  #fileLength = 0;
  #position = 0;

  attach(memory: WasmMemory): void {
    this.#memory = memory;
  }

  /** Forgets the last run's output and sets the arguments of the next one. */
  begin(args: readonly string[]): void {
    this.#args = args.map((arg) => this.#encoder.encode(`${arg.replaceAll('\0', '')}\0`));
    this.#console = '';
    this.#fileLength = 0;
    this.#position = 0;
  }

  /** What the program wrote to its file; valid until the next run. */
  get file(): Uint8Array {
    return this.#file.subarray(0, this.#fileLength);
  }

  /** What it printed, cut after 10,000 characters. */
  get console(): string {
    return this.#console;
  }

  get imports(): WasmImports {
    return {
      wasi_snapshot_preview1: {
        args_sizes_get: (count: number, size: number) => {
          this.#view.setUint32(count, this.#args.length, true);
          this.#view.setUint32(
            size,
            this.#args.reduce((sum, arg) => sum + arg.length, 0),
            true,
          );
          return OK;
        },
        args_get: (pointers: number, text: number) => {
          this.#writeArgs(pointers, text);
          return OK;
        },
        // Speech must not depend on the time of day.
        clock_time_get: (_clock: number, _precision: bigint, result: number) => {
          this.#view.setBigUint64(result, 0n, true);
          return OK;
        },
        fd_close: () => OK,
        fd_fdstat_get: (descriptor: number, result: number) => this.#describe(descriptor, result),
        fd_fdstat_set_flags: () => OK,
        fd_prestat_get: (descriptor: number, result: number) => {
          if (descriptor !== ROOT) return BAD_DESCRIPTOR;
          this.#view.setUint32(result, 0, true);
          this.#view.setUint32(result + 4, ROOT_NAME.length, true);
          return OK;
        },
        fd_prestat_dir_name: (_descriptor: number, result: number) => {
          this.#bytes.set(this.#encoder.encode(ROOT_NAME), result);
          return OK;
        },
        fd_read: (_descriptor: number, _vectors: number, _count: number, read: number) => {
          this.#view.setUint32(read, 0, true);
          return OK;
        },
        fd_seek: (descriptor: number, offset: bigint, whence: number, result: number) =>
          this.#seek(descriptor, Number(offset), whence, result),
        fd_write: (descriptor: number, vectors: number, count: number, written: number) => {
          this.#view.setUint32(written, this.#write(descriptor, vectors, count), true);
          return OK;
        },
        path_open: (...args: number[]) => this.#open(args),
        proc_exit: (code: number) => {
          throw new WasiExit(code);
        },
      },
    };
  }

  /** Made anew each time, because the buffer changes when the memory grows. */
  get #bytes(): Uint8Array {
    if (this.#memory === null) throw new Error('The program has no memory yet.');
    return new Uint8Array(this.#memory.buffer);
  }

  get #view(): DataView {
    const { buffer } = this.#bytes;
    return new DataView(buffer);
  }

  #writeArgs(pointers: number, text: number): void {
    let at = text;
    this.#args.forEach((arg, i) => {
      this.#view.setUint32(pointers + 4 * i, at, true);
      this.#bytes.set(arg, at);
      at += arg.length;
    });
  }

  #describe(descriptor: number, result: number): number {
    if (descriptor > FILE) return BAD_DESCRIPTOR;
    const type = descriptor === ROOT ? DIRECTORY : descriptor === FILE ? REGULAR_FILE : CHARACTER_DEVICE;
    const all = 0xffff_ffffn;
    this.#view.setUint16(result, type, true);
    this.#view.setUint16(result + 2, 0, true);
    this.#view.setBigUint64(result + 8, all, true);
    this.#view.setBigUint64(result + 16, all, true);
    return OK;
  }

  /** path_open(folder, lookupFlags, path, pathLength, openFlags, rights, inherited, flags, result): only to create. */
  #open(args: readonly number[]): number {
    const openFlags = args[4] ?? 0;
    if ((openFlags & CREATE_FLAG) === 0) return NO_SUCH_FILE;
    this.#fileLength = 0;
    this.#position = 0;
    this.#view.setUint32(args[8] ?? 0, FILE, true);
    return OK;
  }

  #seek(descriptor: number, offset: number, whence: number, result: number): number {
    if (descriptor !== FILE) return CANNOT_SEEK;
    const from = whence === 0 ? 0 : whence === 1 ? this.#position : this.#fileLength;
    this.#position = from + offset;
    this.#view.setBigUint64(result, BigInt(this.#position), true);
    return OK;
  }

  #write(descriptor: number, vectors: number, count: number): number {
    let written = 0;
    for (let i = 0; i < count; i += 1) {
      const start = this.#view.getUint32(vectors + 8 * i, true);
      const length = this.#view.getUint32(vectors + 8 * i + 4, true);
      const bytes = this.#bytes.subarray(start, start + length);
      if (descriptor === FILE) this.#writeFile(bytes);
      else if (descriptor <= STDERR && this.#console.length < MAX_CONSOLE_CHARACTERS) {
        this.#console += this.#decoder.decode(bytes);
      }
      written += length;
    }
    return written;
  }

  #writeFile(bytes: Uint8Array): void {
    const end = this.#position + bytes.length;
    if (end > MAX_FILE_BYTES) throw new RangeError(`The program wrote more than ${MAX_FILE_BYTES} bytes.`);
    if (end > this.#file.length) {
      const grown = new Uint8Array(2 ** Math.ceil(Math.log2(end)));
      grown.set(this.file);
      this.#file = grown;
    }
    this.#file.set(bytes, this.#position);
    this.#position = end;
    this.#fileLength = Math.max(this.#fileLength, end);
  }
}
