// Finds how many calls this machine carries: a ramp of simulated calls against a server of its own, then the knee.
import {
  ArgumentError,
  CAPACITY_HELP,
  CAPACITY_JSON,
  capacityOptions,
  type CapacityOptions,
} from './bench/capacity/arguments.ts';
import { CapacityRun } from './bench/capacity/capacity-run.ts';
import { EXIT_USAGE, runBench } from './bench/capacity/program.ts';

function readOptions(): CapacityOptions | null {
  try {
    const options = capacityOptions(process.argv.slice(2));
    if (options === null) process.stdout.write(CAPACITY_HELP);
    return options;
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    process.stderr.write(`${error.message}\n\n${CAPACITY_HELP}`);
    process.exitCode = EXIT_USAGE;
    return null;
  }
}

const options = readOptions();
if (options !== null) {
  process.exitCode = await runBench(async (signal) => {
    await new CapacityRun(options, CAPACITY_JSON, signal).run();
    return 0;
  });
}
