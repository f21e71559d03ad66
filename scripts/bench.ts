// Prints what each operation of a call costs, in microseconds and as a share of a 20 ms frame.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { benchMachine } from './bench/machine.ts';
import { FRAME_US, measure, type Figure } from './bench/measure.ts';
import { perFrameOperations } from './bench/per-frame.ts';

const HELP = `Usage: npm run bench -- [--json FILE] [--no-models] [--help]

Times the operations of a call one by one on this machine, about 10 seconds in all.
A quick operation runs many times per sample; the median and the 95th percentile are over the samples.

  --json FILE   where the figures are written as JSON (default: out/bench.json)
  --no-models   leave out voice activity, speech to text and speech: about 2 seconds in all
  --help        print this text
`;

interface Options {
  readonly json: string;
  readonly models: boolean;
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'string', default: 'out/bench.json' },
        'no-models': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (!values.help) return { json: values.json, models: !values['no-models'] };
    process.stdout.write(HELP);
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exitCode = 2;
  }
  return null;
}

/** Three digits that mean something, from nanoseconds to seconds. */
function number(value: number): string {
  const decimals = value < 0.1 ? 4 : value < 10 ? 2 : value < 1000 ? 1 : 0;
  return value.toFixed(decimals);
}

function printFigure({ name, medianUs, p95Us, shareOfFrame, samples, runsPerSample }: Figure): void {
  const runs = runsPerSample === 1 ? `${samples}` : `${samples} x ${runsPerSample}`;
  const cells = [number(medianUs).padStart(10), number(p95Us).padStart(10)];
  const share = `${number(shareOfFrame * 100)} %`.padStart(12);
  process.stdout.write(`${name.padEnd(46)}${cells.join('')}${share}${runs.padStart(14)}\n`);
}

async function bench({ json, models }: Options): Promise<void> {
  const machine = benchMachine();
  process.stdout.write(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}\n\n`);
  const head = ['median us'.padStart(10), 'p95 us'.padStart(10), 'of a frame'.padStart(12), 'n'.padStart(14)];
  process.stdout.write(`${''.padEnd(46)}${head.join('')}\n`);

  const operations: Figure[] = [];
  const record = (figure: Figure): void => {
    operations.push(figure);
    printFigure(figure);
  };
  for (const operation of perFrameOperations()) record(measure(operation));
  if (models) {
    const { benchModels } = await import('./bench/models.ts');
    await benchModels(record);
  }
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ machine, frameUs: FRAME_US, operations }, null, 2)}\n`);
  process.stdout.write(`\nWritten to ${json}\n`);
}

const options = readOptions();
if (options !== null) await bench(options);
