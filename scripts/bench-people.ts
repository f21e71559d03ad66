// The demo with recorded people: how long the product's agents take to answer real voices, call after call.
import { runBench, readOptions } from './bench/capacity/program.ts';
import { PEOPLE_HELP, peopleOptions } from './bench/people/arguments.ts';
import { runPeople } from './bench/people/people-run.ts';

const options = readOptions(peopleOptions, PEOPLE_HELP);
if (options !== null) process.exitCode = await runBench((signal) => runPeople(options, signal));
