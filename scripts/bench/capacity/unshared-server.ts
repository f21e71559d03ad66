// The server as one that gives each call models of its own: a process per lane and call, and no batching.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type * as host from '../../../src/inference/host.ts';
import type * as main from '../../../src/main.ts';
import { HostPool } from './host-pool.ts';
import { projectRoot } from './project-root.ts';

/** From dist/, so that both servers of a comparison run the same program. */
const built = async (file: string): Promise<unknown> =>
  import(pathToFileURL(join(projectRoot(), 'dist', file)).href);

const { values } = parseArgs({ options: { config: { type: 'string' }, hosts: { type: 'string' } } });
const { serve } = (await built('main.js')) as typeof main;
const { createInferenceHost } = (await built('inference/host.js')) as typeof host;

process.exitCode = await serve(
  { config: values.config ?? null, port: null },
  (options) => new HostPool(options, Number(values.hosts), createInferenceHost),
);
