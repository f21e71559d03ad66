// The server's record of a call once it has ended there, too.
import type { ServerCall } from './server-api.ts';
import type { SimulatorClock } from './simulator-clock.ts';

/** The server closes its side of a call a moment after the socket; its record is asked for this often until then. */
const RECORD_ATTEMPTS = 30;
const RECORD_INTERVAL_MS = 100;

export interface FinalRecordOptions {
  readonly ask: () => Promise<ServerCall | null>;
  readonly clock: SimulatorClock;
  /** What goes wrong is added here. */
  readonly problems: string[];
  /** The call came to a stream, so that the server must know it. */
  readonly streamed: boolean;
}

export async function finalRecord({
  ask,
  clock,
  problems,
  streamed,
}: FinalRecordOptions): Promise<ServerCall | null> {
  let record: ServerCall | null = null;
  for (let attempt = 0; attempt < (streamed ? RECORD_ATTEMPTS : 1); attempt += 1) {
    try {
      record = await ask();
    } catch (error) {
      problems.push(String(error));
      return record;
    }
    if (record === null || record.state === 'ended') break;
    await new Promise<void>((resolve) => clock.at(clock.now() + RECORD_INTERVAL_MS, resolve));
  }
  if (!streamed) return record;
  if (record === null) problems.push('The server has no record of the call.');
  else if (record.state !== 'ended') problems.push(`The server still has the call in state ${record.state}.`);
  return record;
}
