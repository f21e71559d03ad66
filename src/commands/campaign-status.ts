// `parley campaign status`: how a campaign stands, once or until it is over.
import { setTimeout as delay } from 'node:timers/promises';
import { print } from './print.ts';
import { progressBar } from './progress-bar.ts';
import type { ServerClient } from './server-client.ts';

const WATCH_EVERY_MS = 1_000;

interface Status {
  readonly campaign: {
    readonly state: string;
    readonly reason: string;
    readonly spec: { readonly name: string };
  };
  readonly progress: {
    readonly contacts: number;
    readonly scheduled: number;
    readonly dialling: number;
    readonly attempts: number;
    readonly dialsLastMinute: number;
    readonly nextAt: number | null;
    readonly ends: Readonly<Record<string, number>>;
  };
  readonly answerRate: number | null;
  readonly abandonedRate: number | null;
  readonly minutesLeft: number | null;
}

/** How a campaign stands; with `watch` until it is over. */
export async function showStatus(
  server: ServerClient,
  id: string,
  flags: { watch?: boolean },
  signal: AbortSignal,
): Promise<object> {
  const path = `/campaigns/${encodeURIComponent(id)}`;
  let now = (await server.json('GET', path)) as Status;
  const bar = progressBar(process.stderr);
  while (flags.watch === true && now.campaign.state === 'running' && !signal.aborted) {
    const { contacts, scheduled, dialling } = now.progress;
    bar.show(contacts === 0 ? 0 : (contacts - scheduled - dialling) / contacts, wordsOf(now));
    await delay(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
    now = (await server.json('GET', path)) as Status;
  }
  bar.clear();
  const { campaign, progress } = now;
  print(`${campaign.spec.name}: ${campaign.state}${campaign.reason === '' ? '' : ` (${campaign.reason})`}`);
  print(wordsOf(now));
  for (const [end, count] of Object.entries(progress.ends)) print(`  ${String(count).padStart(6)}  ${end}`);
  return now;
}

function wordsOf({ progress, answerRate, abandonedRate, minutesLeft }: Status): string {
  const percent = (share: number | null): string =>
    share === null ? '-' : `${Math.round(1_000 * share) / 10} %`;
  const { contacts, scheduled, dialling, attempts, dialsLastMinute, nextAt } = progress;
  const next = nextAt === null || dialling > 0 ? '' : `, next at ${new Date(nextAt).toISOString()}`;
  const left = minutesLeft === null ? '' : `, ${minutesLeft} min left`;
  return (
    `${contacts - scheduled - dialling} of ${contacts} done, ${dialling} in a call, ${attempts} attempts, ` +
    `${dialsLastMinute} calls a minute, answered ${percent(answerRate)}, abandoned ${percent(abandonedRate)}${left}${next}`
  );
}
