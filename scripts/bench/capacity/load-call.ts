// One simulated call of a load bench: webhook, stream, endless conversation, and how many of its frames were lost.
import type { Caller } from '../../../src/simulator/caller.ts';
import type { CallerSource } from '../../../src/simulator/caller-line.ts';
import { finalRecord } from '../../../src/simulator/final-record.ts';
import { PhoneNetwork } from '../../../src/simulator/phone-network.ts';
import { framesLost } from '../../../src/simulator/report.ts';
import { serverApi } from '../../../src/simulator/server-api.ts';
import { SimulatedStream, type StreamResult } from '../../../src/simulator/simulated-stream.ts';
import type { SimulatorClock } from '../../../src/simulator/simulator-clock.ts';
import { openStreamSocket } from '../../../src/simulator/stream-socket.ts';
import type { CallEnd, CallTarget } from './messages.ts';

export interface LoadCallOptions {
  readonly target: CallTarget;
  readonly clock: SimulatorClock;
  readonly caller: Pick<Caller, 'decide' | 'spoken' | 'finished'>;
  readonly line: CallerSource;
  /** Gives `count` random hexadecimal digits. */
  readonly randomHex: (count: number) => string;
  readonly onStream: (stream: SimulatedStream) => void;
  /** Hangs up at once. */
  readonly signal: AbortSignal;
}

const NUMBERS = { from: '+15005550006', to: '+15005550010' };
const MAX_PROBLEMS = 5;

/** Never rejects: what went wrong is in the result. */
export async function runLoadCall(options: LoadCallOptions): Promise<CallEnd> {
  const { target, clock, randomHex } = options;
  const callSid = `CA${randomHex(32)}`;
  const accountSid = `AC${randomHex(32)}`;
  const api = serverApi(target.target, target.apiKey);
  const made: { result?: StreamResult } = {};
  const network = new PhoneNetwork({
    call: { accountSid, callSid, ...NUMBERS },
    line: target,
    clock,
    connect: async (verb, streamSid) => {
      const socket = await openStreamSocket(verb.url, target);
      const stream = new SimulatedStream({
        socket,
        clock,
        ids: { accountSid, callSid, streamSid },
        parameters: verb.parameters,
        firstTimestampMs: 1 + (Number.parseInt(randomHex(4), 16) % 200),
        caller: options.caller,
        line: options.line,
        onFrame: () => undefined,
        onAgent: () => undefined,
      });
      options.onStream(stream);
      made.result = await stream.run(options.signal);
      return made.result;
    },
    newStreamSid: () => `MZ${randomHex(32)}`,
    signal: options.signal,
  });
  const { problems: found } = await network.run(`${target.publicUrl}/twilio/voice`);
  const problems = [...found];
  const record = await finalRecord({
    ask: () => api.call(callSid),
    clock,
    problems,
    streamed: made.result !== undefined,
  }).catch((error: unknown) => {
    problems.push(String(error));
    return null;
  });
  return callEnd(made.result ?? null, record?.counters ?? {}, problems);
}

function callEnd(
  stream: StreamResult | null,
  counters: Readonly<Record<string, number>>,
  problems: readonly string[],
): CallEnd {
  const told = problems.slice(0, MAX_PROBLEMS);
  if (stream === null) {
    const how = problems.length === 0 ? 'refused' : 'failed';
    return { how, framesSent: 0, framesLost: 0, maxLateMs: 0, problems: told };
  }
  const { endedBy, framesSent, maxLateMs } = stream;
  // The bench agent never hangs up: whatever ends a call but the caller is a fault.
  const how = endedBy === 'caller' ? 'hung-up' : 'failed';
  const reasons = how === 'failed' ? [`The call was ended by: ${endedBy}.`, ...told] : told;
  return { how, framesSent, framesLost: framesLost(stream, counters), maxLateMs, problems: reasons };
}
