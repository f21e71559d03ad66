// A campaign whose calls are heard: the real server with its models, Twilio's REST API and the callees simulated around it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { openCallerVoice } from '../caller-voice.ts';
import { progressBar } from '../progress-bar.ts';
import { serverClient, type ServerClient } from '../server-client.ts';
import { spawnServer } from '../spawn-server.ts';
import { chanceOf } from '../../simulator/network/chance.ts';
import { FaultLottery, NO_FAULTS } from '../../simulator/network/faults.ts';
import { PhoneSystem } from '../../simulator/network/phone-system.ts';
import { calleeAt, USUAL_SHARES } from '../../simulator/network/population.ts';
import { restApi } from '../../simulator/network/rest-api.ts';
import { serverApi } from '../../simulator/server-api.ts';
import type { SimulatorClock } from '../../simulator/simulator-clock.ts';
import type { Line } from '../../simulator/target.ts';
import { postWebhook } from '../../simulator/webhooks.ts';
import { personaOf } from './callee.ts';
import { compareResults, type Disagreement } from './compare-results.ts';
import { hearCall, type HeardCall } from './heard-call.ts';

export interface HeardCampaignOptions {
  readonly file: string;
  readonly contacts: string;
  readonly callerId: string;
  readonly seed: number;
  readonly callsPerSecond: number;
  readonly out: string;
}

export interface HeardCampaignReport {
  readonly state: string;
  readonly reason: string;
  readonly contacts: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly mostAtOnce: number;
  readonly minutes: number;
  /** From the end of "hello" to the first sound of the agent, of people. */
  readonly firstAudioMs: { readonly n: number; readonly p50: number | null; readonly p95: number | null };
  /** Share of answered people who heard nothing within two seconds. */
  readonly abandonedShare: number;
  readonly agreeing: number;
  readonly disagreeing: readonly Disagreement[];
  readonly problems: readonly string[];
}

const CALLEE_VOICE = 'rms';
const ABANDONED_AFTER_MS = 2_000;
const POLL_MS = 500;
const MAX_LISTENERS = 2_000;
const MAX_PROBLEMS = 50;

const calendar: SimulatorClock = {
  now: () => Date.now(),
  at: (time, run) => {
    const timer = setTimeout(run, Math.max(0, time - Date.now()));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** @throws ServerStartError, ServerError; rejects with the signal's reason. */
export async function runHeard(
  options: HeardCampaignOptions,
  signal: AbortSignal,
): Promise<HeardCampaignReport> {
  const { seed, callerId, out } = options;
  // Every call in progress listens for the end of the run.
  setMaxListeners(MAX_LISTENERS, signal);
  mkdirSync(out, { recursive: true });
  const dataDir = join(out, 'data');
  rmSync(dataDir, { recursive: true, force: true });
  const startedMs = performance.now();
  const chance = chanceOf(seed, 'network');
  const hex = (): string => Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join('');
  const accountSid = `AC${hex()}`;
  const authToken = hex();
  const around: { line?: Line } = {};
  const heard: HeardCall[] = [];
  const problems: string[] = [];
  const talks = new Set<Promise<void>>();
  const ends = new Map<string, AbortController>();
  const most = { now: 0, ever: 0 };
  const faults = new FaultLottery(NO_FAULTS, seed);
  const voice = openCallerVoice(CALLEE_VOICE, options.file, signal);
  const spoken = new Map<string, ReturnType<typeof voice.speak>>();
  const speak = (text: string): ReturnType<typeof voice.speak> => {
    const known = spoken.get(text) ?? voice.speak(text, CALLEE_VOICE);
    spoken.set(text, known);
    return known;
  };
  const system: PhoneSystem = new PhoneSystem({
    clock: calendar,
    accountSid,
    callsPerSecond: options.callsPerSecond,
    callee: (number, nth) => calleeAt(seed, USUAL_SHARES, number, nth),
    faults,
    newSid: hex,
    deliver: ({ url, fields }) => {
      const { line } = around;
      if (line === undefined || signal.aborted) return;
      postWebhook(url, fields, line).then(
        ({ status }) => {
          if (status >= 300 && problems.length < MAX_PROBLEMS)
            problems.push(`a callback was answered with ${status}`);
        },
        (error: unknown) => {
          if (problems.length < MAX_PROBLEMS) problems.push(String(error));
        },
      );
    },
    // A call that the server or the time limit ends is over for whoever talks in it, too.
    onEnded: ({ sid }) => {
      ends.get(sid)?.abort();
      ends.delete(sid);
    },
    onAnswered: (call, callee) => {
      const { line } = around;
      if (line === undefined) return;
      most.now += 1;
      most.ever = Math.max(most.ever, most.now);
      const api = serverApi(line.target, apiKeyOf(server));
      const end = new AbortController();
      ends.set(call.sid, end);
      const ended = AbortSignal.any([signal, end.signal]);
      const talk = hearCall(
        { line, api, voice: { speak }, system, accountSid, chance, signal: ended },
        call,
        callee,
      ).then((one) => {
        most.now -= 1;
        heard.push(one);
        problems.push(...one.problems.slice(0, MAX_PROBLEMS - problems.length));
      });
      const tracked: Promise<void> = talk.finally(() => talks.delete(tracked));
      talks.add(tracked);
    },
  });
  const rest = await restApi({ system, accountSid, authToken, ownNumbers: [callerId], faults });
  const restUrl = await rest.listen({ host: '127.0.0.1', port: 0 });
  const env = {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_API_BASE_URL: restUrl,
    DATA_DIR: dataDir,
  };
  const server = await spawnServer(join(out, 'server.log'), signal, undefined, env);
  try {
    around.line = { target: server.target, publicUrl: server.publicUrl, authToken };
    // The voice starts with the first words; several at once would start it several times.
    await speak('Hello?');
    const client = serverClient({ url: server.target, key: server.apiKey });
    const id = await createAndStart(client, options);
    const status = await untilOver(client, id, signal);
    await Promise.all(talks);
    const csv = join(out, 'results.csv');
    const rows = await exported(client, id, csv);
    const expected = new Map(
      system.calls.flatMap(({ request, callee }) =>
        callee.kind === 'answers' && (callee.who === 'person' || callee.who === 'screening')
          ? [[request.to, personaOf(callee)] as const]
          : [],
      ),
    );
    const { agreeing, disagreeing } = compareResults(rows, expected);
    const waits = heard.flatMap(({ who, firstAudioMs }) =>
      who === 'person' ? [firstAudioMs ?? Infinity] : [],
    );
    const report: HeardCampaignReport = {
      ...status,
      calls: system.calls.length,
      mostAtOnce: most.ever,
      minutes: Math.round((performance.now() - startedMs) / 6_000) / 10,
      firstAudioMs: { n: waits.length, p50: percentile(waits, 0.5), p95: percentile(waits, 0.95) },
      abandonedShare:
        waits.length === 0 ? 0 : waits.filter((ms) => ms > ABANDONED_AFTER_MS).length / waits.length,
      agreeing,
      disagreeing,
      problems,
    };
    writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await server.close();
    system.close();
    await rest.close();
    await voice.close();
  }
}

const apiKeyOf = ({ apiKey }: { readonly apiKey: string }): string => apiKey;

function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined || !Number.isFinite(value) ? null : Math.round(value);
}

async function createAndStart(
  client: ServerClient,
  { file, contacts }: HeardCampaignOptions,
): Promise<string> {
  const yaml = readFileSync(file, 'utf8');
  const made = (await client.json('POST', '/campaigns', { file, yaml })) as { campaign: { id: string } };
  const { id } = made.campaign;
  const body = Readable.toWeb(Readable.from([readFileSync(contacts)])) as ReadableStream<Uint8Array>;
  await client.send(`/campaigns/${id}/contacts`, 'text/csv', body);
  await client.json('POST', `/campaigns/${id}/start`, {});
  return id;
}

interface Over {
  readonly state: string;
  readonly reason: string;
  readonly contacts: number;
  readonly ends: Readonly<Record<string, number>>;
}

async function untilOver(client: ServerClient, id: string, signal: AbortSignal): Promise<Over> {
  const bar = progressBar(process.stderr);
  for (;;) {
    const { campaign, progress } = (await client.json('GET', `/campaigns/${id}`)) as {
      campaign: { state: string; reason: string };
      progress: { contacts: number; scheduled: number; dialling: number; ends: Record<string, number> };
    };
    const { contacts, scheduled, dialling, ends } = progress;
    bar.show(
      (contacts - scheduled - dialling) / contacts,
      `${contacts - scheduled - dialling} of ${contacts}, ${dialling} in a call`,
    );
    if (campaign.state !== 'running') {
      bar.clear();
      return { ...campaign, contacts, ends };
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

async function exported(client: ServerClient, id: string, file: string): Promise<readonly string[]> {
  const read = async (format: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.text(`/campaigns/${id}/results?format=${format}`))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  writeFileSync(file, await read('csv'));
  return (await read('json')).split('\n').filter((line) => line !== '');
}
