// Measures what happens when somebody speaks, hums or makes noise while the agent talks, over the wire.
import { BARGE_IN_HELP, bargeInOptions } from './bench/barge-in/arguments.ts';
import { runBargeIn } from './bench/barge-in/barge-in-run.ts';
import { readOptions, runBench } from './bench/capacity/program.ts';

const options = readOptions(bargeInOptions, BARGE_IN_HELP);
if (options !== null) process.exitCode = await runBench((signal) => runBargeIn(options, signal));
