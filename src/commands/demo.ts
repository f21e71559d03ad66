// `parley demo`: a caller books an appointment with the front desk, on a server that is started for it.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Command } from 'commander';
import { runScenario } from './simulate.ts';

const SCENARIO = fileURLToPath(new URL('../../config/scenarios/demo.yaml', import.meta.url));

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'hear a caller book an appointment: starts a server, makes a call, writes report, recording and page',
    )
    .option('--json <file>', 'write the report there, too')
    .option('--out <dir>', 'folder for report, recording and page', join('out', 'demo'))
    .action(async ({ json, out }: { json?: string; out: string }) => {
      process.exitCode = await runScenario({
        scenarioFile: SCENARIO,
        out,
        json: json ?? null,
        agent: null,
        quiet: false,
        running: null,
      });
    });
}
