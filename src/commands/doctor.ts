// `parley doctor`: what this machine is, what the models do on it, and what to mend.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, freemem, platform, release } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { cacheFolderOf } from '../config/cache-folder.ts';
import { ConfigError } from '../config/config-error.ts';
import { readEnvironment } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { cudaObstacle, localCudaParts } from '../inference/device.ts';
import { cacheState } from '../inference/graph-cache.ts';
import type { InferenceSettings } from '../inference/host.ts';
import { memoryLimitMb, memoryNeedMb } from '../inference/memory-need.ts';
import { notableInstructions, readProcessor } from '../inference/processor.ts';
import { ONNX_RUNTIME_VERSION } from '../inference/runtime-version.ts';
import { shareCores } from '../inference/share.ts';
import { createSystemClock } from '../telemetry/system-clock.ts';
import { checkLanes } from './doctor-lanes.ts';
import { checkModels } from './doctor-models.ts';
import { interruptible } from './interruptible.ts';
import { printReport, report, type DoctorReport, type Finding, type Machine } from './doctor-report.ts';

const EXIT_BROKEN = 1;
/** Shorter commands need not say what they are doing. */
const PROGRESS_AFTER_MS = 2_000;

interface DoctorFlags {
  readonly config?: string;
  readonly json?: string;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine is, time each model on it, and tell what to mend')
    .option('--config <file>', 'configuration that is laid over config/default.yaml (or PARLEY_CONFIG)')
    .option('--json <file>', 'write the report there, too')
    .action(async (flags: DoctorFlags) => {
      process.exitCode = await runDoctor(flags);
    });
}

/** Exit codes: 0 healthy, 1 something is broken, 130 interrupted. @throws ConfigError */
async function runDoctor({ config: configFile, json }: DoctorFlags): Promise<number> {
  const progress = new Progress();
  try {
    return await interruptible(async (signal) => {
      const result = await examine(configFile ?? null, signal, progress);
      progress.end();
      printReport(result, (line) => process.stdout.write(`${line}\n`));
      if (json !== undefined) {
        await mkdir(dirname(json), { recursive: true });
        await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
      }
      return result.healthy ? 0 : EXIT_BROKEN;
    });
  } finally {
    progress.end();
  }
}

async function examine(
  configFile: string | null,
  signal: AbortSignal,
  progress: Progress,
): Promise<DoctorReport> {
  const config = loadConfig(configFile ?? process.env['PARLEY_CONFIG'] ?? null);
  const cacheFolder = cacheFolderOf(config.inference.cacheFolder, process.env);
  const settings: InferenceSettings = { ...config.inference, cacheFolder };
  const lanes = await checkLanes({
    settings,
    signal,
    progress: (what) => {
      progress.step(what);
    },
  });
  progress.step('asking the language models');
  const models = await checkModels(config, { environment: process.env, clock: createSystemClock(), signal });
  const { sttProcesses } = shareCores(settings);
  const load = { calls: config.server.maxCalls, sttProcesses };
  const { device, vadSlots, sttThreads, voices } = settings;
  const examined = {
    machine: readMachine(),
    runtime: { onnxRuntime: ONNX_RUNTIME_VERSION, cudaObstacle: cudaObstacle(localCudaParts()) },
    cache: { folder: cacheFolder, ...(cacheFolder === null ? NO_CACHE : await cacheState(cacheFolder)) },
    settings: { device, ...load, vadSlots, sttThreads, voices, memoryNeedMb: memoryNeedMb(load) },
    lanes,
    models,
  };
  return report(examined, environmentFindings());
}

const NO_CACHE = { graphs: 0, megabytes: 0 };

function readMachine(): Machine {
  const processor = readProcessor();
  const memoryMb = memoryLimitMb(process.constrainedMemory());
  return {
    node: process.versions.node,
    system: `${platform()} ${release()}, ${processor.architecture}`,
    processor: processor.model,
    cores: availableParallelism(),
    memoryMb,
    freeMemoryMb: Math.min(memoryMb, Math.floor(freemem() / 1e6)),
    instructions: processor.flags.length === 0 ? null : notableInstructions(processor),
  };
}

/** The demo needs none of it, so what is not there is a hint; what is there and wrong keeps the server from starting. */
function environmentFindings(): readonly Finding[] {
  try {
    readEnvironment(process.env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ key, found, expected }) =>
      found === 'nothing'
        ? { level: 'hint', text: `to answer calls, set ${key}: ${expected}` }
        : { level: 'broken', text: `environment: ${key}: found ${found}, expected ${expected}` },
    );
  }
}

/** Tells on a terminal what is being done, from the third second on. */
class Progress {
  #step = '';
  #timer: NodeJS.Timeout | null = setTimeout(() => {
    this.#timer = null;
    this.#print();
  }, PROGRESS_AFTER_MS);

  step(what: string): void {
    this.#step = what;
    if (this.#timer === null) this.#print();
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#step = '';
  }

  #print(): void {
    if (process.stderr.isTTY && this.#step !== '') process.stderr.write(`${this.#step} ...\n`);
  }
}
