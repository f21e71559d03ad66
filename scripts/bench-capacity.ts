// Finds how many calls this machine carries: a ramp of simulated calls against a server of its own, then the knee.
import { CAPACITY_HELP, CAPACITY_JSON, capacityOptions } from './bench/capacity/arguments.ts';
import { CapacityRun } from './bench/capacity/capacity-run.ts';
import { readOptions, runBench } from './bench/capacity/program.ts';

const options = readOptions(capacityOptions, CAPACITY_HELP);
if (options !== null) {
  process.exitCode = await runBench((signal) => new CapacityRun(options, CAPACITY_JSON, signal).run());
}
