// Measures how soon an agent with a language model answers over the wire, stage by stage, for one call and for many.
import { readOptions, runBench } from './bench/capacity/program.ts';
import { MODEL_HELP, modelOptions } from './bench/model/arguments.ts';
import { runModelBench } from './bench/model/model-run.ts';

const options = readOptions(modelOptions, MODEL_HELP);
if (options !== null) process.exitCode = await runBench((signal) => runModelBench(options, signal));
