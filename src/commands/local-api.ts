// The API of campaigns and do-not-call on the store itself, for commands while no server runs. It dials nobody.
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { readDeskEnvironment, type EnvironmentRecord } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { openDialling } from '../dialling.ts';
import { apiRoutes } from '../http/api-routes.ts';
import { HttpProblem } from '../http/problem.ts';
import { handleProblems } from '../http/server.ts';
import { NO_METER } from '../ports/telemetry.ts';
import { loadAgents } from '../responders/agents.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createSystemClock } from '../telemetry/system-clock.ts';
import type { ServerPlace } from './server-client.ts';

export interface LocalApi {
  readonly place: ServerPlace;
  close(): Promise<void>;
}

const KEY_BYTES = 24;

/** Listens on loopback, with a key that only this process knows. @throws ConfigError @throws StoreError */
export async function localApi(variables: EnvironmentRecord): Promise<LocalApi> {
  const environment = readDeskEnvironment(variables);
  const config = loadConfig(environment.configFile);
  const agents = loadAgents(config.agents.folder);
  const logger = createLogger({ level: 'error', transcripts: false });
  const clock = createSystemClock();
  const { dialling, pastCalls, callbacks, closeStore } = await openDialling({
    environment,
    config,
    agents,
    clock,
    logger,
    meter: NO_METER,
  });
  const key = randomBytes(KEY_BYTES).toString('hex');
  const app = fastify();
  handleProblems(app, { logger });
  await app.register(
    apiRoutes({
      apiKey: key,
      calls: { list: () => [], get: () => null },
      pastCalls,
      callbacks,
      campaigns: dialling.campaigns,
      doNotCall: dialling.doNotCall,
      outbound: null,
      status: () => {
        throw new HttpProblem('not-found');
      },
    }),
    { prefix: '/api' },
  );
  const close = async (): Promise<void> => {
    await app.close();
    await dialling.stop();
    await closeStore();
  };
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  return { place: { url: `http://127.0.0.1:${port}`, key }, close };
}
