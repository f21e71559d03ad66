// A dialler in a process of its own, on a real store and a network behind REST, for tests that kill it.
import { createServer } from 'node:http';
import { createDialling } from '../../dist/dialling.js';
import { NO_METER } from '../../dist/ports/telemetry.js';
import { openStore } from '../../dist/store/open.js';
import { createSystemClock } from '../../dist/telemetry/system-clock.js';
import { twilioCallControl } from '../../dist/twilio/call-control.js';
import { restClient } from '../../dist/twilio/rest-client.js';

const { databaseUrl, dataDir, port, network, accountSid, authToken, limits } = JSON.parse(process.argv[2]);

const say = (level) => (fields, message) => {
  if (level !== 'info' || message === 'campaign finished') {
    const cause = fields.err instanceof Error ? fields.err.stack : undefined;
    process.stdout.write(`${JSON.stringify({ level, message, ...fields, err: cause })}\n`);
  }
};
const logger = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
logger.child = () => logger;

const store = await openStore({ databaseUrl, dataDir, clock: createSystemClock(), logger, meter: NO_METER });
const dialling = createDialling({
  store: store.campaigns,
  doNotCall: store.doNotCall,
  control: twilioCallControl(restClient({ accountSid, authToken, baseUrl: network, timeoutMs: 5_000 })),
  publicUrl: `http://127.0.0.1:${port}`,
  limits: { keepFree: 0, holdGreetingMs: 0, ringTimeoutS: 15, ...limits },
  hasAgent: () => true,
  greetingOf: () => '',
  usual: { agent: 'none', from: null },
  logger,
  meter: NO_METER,
});

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const url = new URL(request.url, 'http://127.0.0.1');
    const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    dialling.callStatus(url.searchParams.get('attempt') ?? '', fields).then(
      () => response.writeHead(204).end(),
      () => response.writeHead(500).end(),
    );
  });
}).listen(port, '127.0.0.1', () => {
  dialling.start({ room: () => 1_000, machineAnswered: () => false });
  process.stdout.write(`${JSON.stringify({ message: 'ready' })}\n`);
});

// An orderly end, where one is asked for.
process.on('SIGTERM', () => {
  dialling
    .stop()
    .then(() => store.close())
    .then(() => process.exit(0));
});
