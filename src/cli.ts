#!/usr/bin/env node
// The parley command: parses words, calls the program behind them, and turns failures into one line and an exit code.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { registerCall } from './commands/call.ts';
import { registerCallbacks } from './commands/callbacks.ts';
import { registerCampaign } from './commands/campaign.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoNotCall } from './commands/dnc.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDemoCampaign } from './commands/simulate-campaign/command.ts';
import { registerSimulate } from './commands/simulate.ts';
import { ConfigError } from './config/config-error.ts';
import { SetupError } from './inference/setup-error.ts';
import { StoreError } from './ports/campaign-store.ts';

const EXIT_FAILURE = 1;
/** What a person wrote has to be mended: a flag, a file, the environment. */
const EXIT_USAGE = 2;

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.');
  }
  return port;
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function buildProgram(): Command {
  const program = new Command('parley')
    .description('A phone voice agent that runs on your own machine.')
    .version(version())
    // What stands behind a command is the command's, also where the one above has a flag of that name.
    .enablePositionalOptions()
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    })
    .showHelpAfterError('(parley --help lists the commands and their options)');
  program
    .command('serve')
    .description('answer calls: needs PUBLIC_URL and TWILIO_AUTH_TOKEN in the environment')
    .option('--config <file>', 'configuration that is laid over config/default.yaml (or PARLEY_CONFIG)')
    .option('--port <number>', 'port to listen on (or PORT)', portOf)
    .action(async (options: { config?: string; port?: number }) => {
      const { serve } = await import('./main.ts');
      process.exitCode = await serve({ config: options.config ?? null, port: options.port ?? null });
    });
  registerSimulate(program);
  registerDemo(program);
  registerDemoCampaign(program);
  registerDoctor(program);
  registerCall(program);
  registerCampaign(program);
  registerDoNotCall(program);
  registerCallbacks(program);
  return program;
}

/** One line for a fault that a person can mend; the whole error for anything else. */
function report(error: unknown): number {
  if (error instanceof ConfigError || error instanceof SetupError || error instanceof StoreError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILURE;
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}
