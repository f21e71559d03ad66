// Keeps calls going for half an hour or longer and watches for what only time shows: stuck calls, lost frames, leaks.
import { SOAK_HELP, soakOptions } from './bench/capacity/arguments.ts';
import { readOptions, runBench } from './bench/capacity/program.ts';
import { SoakRun } from './bench/capacity/soak-run.ts';

const options = readOptions(soakOptions, SOAK_HELP);
if (options !== null) {
  process.exitCode = await runBench((signal) => new SoakRun(options, signal).run());
}
