// What a bench ran on, as it stands beside its figures.
import { cpus } from 'node:os';

export interface BenchMachine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
}

export function benchMachine(): BenchMachine {
  const cores = cpus();
  return { processor: cores[0]?.model ?? 'unknown', cores: cores.length, node: process.version };
}
