// Flite as a function from text to audio: one compiled program, whose memory is put back to its start before each clause.
import { readFile } from 'node:fs/promises';
import { parseWav } from '../audio/wav.ts';
import { pcm, type Hz, type Pcm } from '../audio/units.ts';
import { wasm, type WasmMemory, type WasmModule } from './wasm.ts';
import { WasiExit, WasiMemory } from './wasi-memory.ts';

/** Its sixth voice, `awb_time`, can only tell the time. */
const GENERAL_VOICES = /\b(?!awb_time\b)\w+/g;
const OUTPUT_FILE = 'clause.wav';

interface Program {
  readonly system: WasiMemory;
  readonly memory: WasmMemory;
  readonly start: () => void;
  /** The memory as it was before the first run: mostly the voices themselves, 17 MB. */
  readonly pristine: Uint8Array;
}

/** Not safe for concurrent use; synthesis blocks the thread. */
export class Flite {
  readonly #module: WasmModule;
  readonly voices: readonly string[];
  #program: Program | null = null;

  private constructor(module: WasmModule) {
    this.#module = module;
    const listed = this.#run(['-lv']).console.split(':')[1] ?? '';
    this.voices = listed.match(GENERAL_VOICES) ?? [];
  }

  static async load(path: string): Promise<Flite> {
    return new Flite(await wasm.compile(await readFile(path)));
  }

  /** 16 kHz, or 8 kHz from the voice `kal`. @throws RangeError for a voice it does not have, Error when Flite fails. */
  speak(text: string, voice: string): Pcm {
    if (!this.voices.includes(voice)) {
      throw new RangeError(`Unknown voice "${voice}": Flite has ${this.voices.join(', ')}.`);
    }
    const { file, console } = this.#run(['-voice', voice, '-t', text, '-o', OUTPUT_FILE]);
    const wav = parseWav(file);
    const samples = wav.ok ? wav.channels[0] : undefined;
    if (!wav.ok || samples === undefined) throw new Error(`Flite made no audio: ${console}`);
    return pcm(wav.rate as Hz, samples);
  }

  #run(args: readonly string[]): WasiMemory {
    const program = (this.#program ??= this.#instantiate());
    const { system, memory, pristine } = program;
    // Measured: 1.4 ms, where a new instance takes 14 ms. The program returns to its start state, so clauses repeat exactly.
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(pristine);
    bytes.fill(0, pristine.length);
    system.begin(['flite', ...args]);
    try {
      program.start();
    } catch (error) {
      // Thrown through its frames, the program's stack pointer stays where it was: this instance cannot run again.
      this.#program = null;
      if (!(error instanceof WasiExit && error.code === 0)) throw error;
    }
    return system;
  }

  #instantiate(): Program {
    const system = new WasiMemory();
    const instance = new wasm.Instance(this.#module, system.imports);
    const { memory, _start: start } = instance.exports;
    system.attach(memory);
    return {
      system,
      memory,
      start,
      pristine: new Uint8Array(memory.buffer).slice(),
    };
  }
}
