// The part of the WebAssembly interface that is used here; the language's own type library does not declare it.

export interface WasmMemory {
  /** Replaced by another buffer when the memory grows. */
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: { readonly memory: WasmMemory; readonly _start: () => void };
}

/** A compiled program, ready to be instantiated any number of times. */
export type WasmModule = object;
/** Functions by module and name; `never` because each has its own parameters. */
export type WasmImports = Readonly<Record<string, Readonly<Record<string, (...args: never[]) => number>>>>;

interface Wasm {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
