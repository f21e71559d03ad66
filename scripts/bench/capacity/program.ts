// What the load benches share as programs: Ctrl-C, exit codes, and the figures on disk.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT_INTERRUPTED, interruptible } from '../../../src/commands/interruptible.ts';
import { ServerStartError } from '../../../src/commands/spawn-server.ts';
import { ArgumentError } from './arguments.ts';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Null when there is nothing to run: help was asked for, or the words make no sense (exit code 2). */
export function readOptions<T>(read: (args: readonly string[]) => T | null, help: string): T | null {
  try {
    const options = read(process.argv.slice(2));
    if (options === null) process.stdout.write(help);
    return options;
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    process.stderr.write(`${error.message}\n\n${help}`);
    process.exitCode = EXIT_USAGE;
    return null;
  }
}

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The first Ctrl-C aborts the signal, and `run` ends its children and writes what it has; the second ends at once. */
export async function runBench(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  try {
    return await interruptible(async (signal) => {
      const code = await run(signal);
      return signal.aborted ? EXIT_INTERRUPTED : code;
    });
  } catch (error) {
    if (!(error instanceof ServerStartError || error instanceof ArgumentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof ArgumentError ? EXIT_USAGE : EXIT_FAILED;
  }
}

export function writeText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export const writeJson = (file: string, value: unknown): void => {
  writeText(file, `${JSON.stringify(value, null, 2)}\n`);
};
