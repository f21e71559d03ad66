// One call of a campaign that is heard: the callee's telephone, its voice, and what it says to the agent.
import { LINE_HZ, type Pcm } from '../../audio/units.ts';
import { calleeVoiceOf, type CalleeVoice } from './callee.ts';
import { CallerLine } from '../../simulator/caller-line.ts';
import type { Chance } from '../../simulator/network/chance.ts';
import type { PhoneCall, PhoneSystem } from '../../simulator/network/phone-system.ts';
import type { Answering } from '../../simulator/network/population.ts';
import { PhoneNetwork } from '../../simulator/phone-network.ts';
import type { ServerApi } from '../../simulator/server-api.ts';
import { SimulatedStream } from '../../simulator/simulated-stream.ts';
import { systemClock } from '../../simulator/simulator-clock.ts';
import { openStreamSocket } from '../../simulator/stream-socket.ts';
import type { Line } from '../../simulator/target.ts';

export interface HeardCallDeps {
  readonly line: Line;
  readonly api: ServerApi;
  readonly voice: { readonly speak: (text: string) => Promise<Pcm<8000>> };
  readonly system: PhoneSystem;
  readonly accountSid: string;
  readonly chance: Chance;
  readonly signal: AbortSignal;
}

export interface HeardCall {
  readonly number: string;
  readonly who: Answering['who'];
  /** From the end of the callee's "hello" to the first sound of the agent; null where nothing was heard. */
  readonly firstAudioMs: number | null;
  readonly problems: readonly string[];
}

/** A quiet line. */
const NOISE_DBFS = -58;

/** Runs to the end of the call, which it then ends in the network. Never rejects. */
export async function hearCall(deps: HeardCallDeps, call: PhoneCall, callee: Answering): Promise<HeardCall> {
  const { line, system, accountSid, chance, signal } = deps;
  const { request, sid } = call;
  const voice = await calleeVoiceOf(deps, call, callee);
  const made: { stream?: SimulatedStream; voice: CalleeVoice } = { voice };
  const network = new PhoneNetwork({
    call: { accountSid, callSid: sid, from: request.from, to: request.to, direction: 'outbound-api' },
    line,
    clock: systemClock,
    newStreamSid: () => `MZ${hex(chance)}`,
    signal,
    connect: async (verb, streamSid) => {
      made.stream = new SimulatedStream({
        socket: await openStreamSocket(verb.url, line),
        clock: systemClock,
        ids: { accountSid, callSid: sid, streamSid },
        parameters: verb.parameters,
        firstTimestampMs: 1 + Math.floor(chance() * 200),
        caller: voice,
        line: new CallerLine({ noiseDbfs: NOISE_DBFS, seed: 1 + Math.floor(chance() * 2 ** 30) }),
        onFrame: () => undefined,
        onAgent: () => undefined,
      });
      return made.stream.run(signal);
    },
  });
  const { problems } = await network.run(request.url);
  system.end(call, 'completed');
  const openedMs = voice.openedMs;
  const first = made.stream?.ear.spurts.find(
    ({ startMs }) => openedMs !== null && startMs >= openedMs - LINE_HZ / 400,
  );
  const firstAudioMs =
    first === undefined || openedMs === null ? null : Math.max(0, first.startMs - openedMs);
  return { number: request.to, who: callee.who, firstAudioMs, problems };
}

function hex(chance: Chance): string {
  return Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join('');
}
