// What the processor is and which instructions it has: optimized graphs and their speed depend on both.
import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';

export interface Processor {
  readonly model: string;
  readonly architecture: string;
  /** As the kernel lists them, sorted; empty where it lists none. */
  readonly flags: readonly string[];
}

export function readProcessor(): Processor {
  return { model: cpus()[0]?.model ?? 'unknown', architecture: arch(), flags: kernelFlags() };
}

/** Those that matter to matrix products in 8 bits and in floats, in the order of their age. */
const NOTABLE = [
  ...['sse4_2', 'avx', 'fma', 'avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8'],
  ...['asimd', 'asimddp', 'i8mm', 'sve'],
];

export function notableInstructions({ flags }: Processor): readonly string[] {
  return NOTABLE.filter((flag) => flags.includes(flag));
}

/** `flags` on x86, `Features` on ARM; other systems have no such file. */
function kernelFlags(): readonly string[] {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    return (line?.[1] ?? '').split(/\s+/).filter(Boolean).sort();
  } catch {
    return [];
  }
}
