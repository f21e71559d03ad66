// One call of the barge-in bench: a stream like Twilio's, clips played to it, and what the server says of each.
import { CallerLine } from '../../../src/simulator/caller-line.ts';
import { PhoneNetwork } from '../../../src/simulator/phone-network.ts';
import { serverApi, type ServerTurn } from '../../../src/simulator/server-api.ts';
import { SimulatedStream, type StreamSocket } from '../../../src/simulator/simulated-stream.ts';
import type { SimulatorClock } from '../../../src/simulator/simulator-clock.ts';
import { openStreamSocket } from '../../../src/simulator/stream-socket.ts';
import type { Clip } from '../../../src/simulator/caller-line.ts';
import type { CallTarget } from '../capacity/messages.ts';
import type { Random } from '../capacity/random.ts';
import { AgentLine } from './agent-line.ts';
import type { ProbeClip } from './clips.ts';
import type { OpenLine, OverVoice } from './figures.ts';
import { ProbeCaller, type ProbeDone, type ProbePlace } from './probe-caller.ts';

export interface ProbeCallOptions {
  readonly target: CallTarget;
  readonly clock: SimulatorClock;
  readonly place: ProbePlace;
  readonly clips: readonly ProbeClip[];
  readonly nudge: Clip;
  readonly random: Random;
  /** Told of each clip in its order. */
  readonly onOverVoice: (probe: OverVoice) => void;
  readonly onOpenLine: (probe: OpenLine) => void;
  /** Hangs up at once. */
  readonly signal: AbortSignal;
}

/** The agents that the two places need, in scripts/bench/agents/. */
const AGENTS: Readonly<Record<ProbePlace, string>> = { 'over-voice': 'long-reply', 'open-line': 'open-line' };
const NUMBERS = { from: '+15005550006', to: '+15005550010' };
/** A quiet line; noise under the speech keeps the detector from seeing digital silence. */
const NOISE_DBFS = -60;

/** Resolves with what went wrong; empty for a call in which every clip was played. */
export async function runProbeCall(options: ProbeCallOptions): Promise<readonly string[]> {
  const { target, clock, place, random, signal } = options;
  const randomHex = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random.next() * 16).toString(16)).join('');
  const accountSid = `AC${randomHex(32)}`;
  const callSid = `CA${randomHex(32)}`;
  const line = new AgentLine();
  const turns = new TurnWatch(target, callSid);
  const problems: string[] = [];
  const caller = new ProbeCaller({
    ...options,
    line,
    onDone: (done) => {
      settle(options, { done, line, turns }).then(
        (ended) => {
          caller.go(ended);
        },
        (error: unknown) => {
          problems.push(`${done.probe.name}: ${String(error)}`);
          caller.go(false);
        },
      );
    },
  });
  const network = new PhoneNetwork({
    call: { accountSid, callSid, ...NUMBERS },
    line: target,
    clock,
    connect: async (verb, streamSid) => {
      const opened: { stream?: SimulatedStream } = {};
      const socket = await openStreamSocket(verb.url, target);
      opened.stream = new SimulatedStream({
        socket: watchingClears(socket, () => {
          line.cleared(opened.stream?.elapsedMs ?? 0);
        }),
        clock,
        ids: { accountSid, callSid, streamSid },
        parameters: verb.parameters,
        firstTimestampMs: 1 + Math.floor(random.between(0, 200)),
        caller,
        line: new CallerLine({ noiseDbfs: NOISE_DBFS, seed: 1 + Math.floor(random.between(0, 2 ** 30)) }),
        onFrame: (_caller, agent) => {
          line.hear(agent);
        },
        onAgent: () => undefined,
      });
      return opened.stream.run(signal);
    },
    newStreamSid: () => `MZ${randomHex(32)}`,
    signal,
  });
  const { problems: found } = await network.run(`${target.publicUrl}/twilio/voice?agent=${AGENTS[place]}`);
  if (caller.gaveUp) problems.push('The agent fell silent before all clips were played.');
  return signal.aborted ? [] : [...found, ...problems];
}

/** Resolves with whether the reply ended. */
async function settle(
  { place, onOverVoice, onOpenLine }: ProbeCallOptions,
  { done, line, turns }: { done: ProbeDone; line: AgentLine; turns: TurnWatch },
): Promise<boolean> {
  const { interrupted, heard } = await turns.sinceLast();
  const { name, kind } = done.probe;
  if (place === 'over-voice') {
    onOverVoice({ name, kind, reaction: line.reactionTo(done.onsetMs), ended: interrupted, heard });
  } else {
    onOpenLine({ name, startedTurn: heard !== null, heard });
  }
  return interrupted;
}

/** Reads the call's record and says what is new in it. */
class TurnWatch {
  readonly #read: () => Promise<readonly ServerTurn[]>;
  #interruptions = 0;
  #answers = 0;

  constructor({ target, apiKey }: CallTarget, callSid: string) {
    const api = serverApi(target, apiKey);
    this.#read = async () => (await api.call(callSid))?.turns ?? [];
  }

  async sinceLast(): Promise<{ readonly interrupted: boolean; readonly heard: string | null }> {
    const turns = await this.#read();
    const interruptions = turns.filter(({ bargedIn }) => bargedIn).length;
    const answers = turns.flatMap(({ heard }) => (heard === null ? [] : [heard]));
    const interrupted = interruptions > this.#interruptions;
    const heard = answers.length > this.#answers ? (answers.at(-1) ?? null) : null;
    this.#interruptions = interruptions;
    this.#answers = answers.length;
    return { interrupted, heard };
  }
}

/** The same socket; `onClear` is called just before a clear is handed on. */
function watchingClears(socket: StreamSocket, onClear: () => void): StreamSocket {
  return {
    send: (text) => {
      socket.send(text);
    },
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    close: () => {
      socket.close();
    },
    terminate: () => {
      socket.terminate();
    },
    onMessage: (listener) => {
      socket.onMessage((text) => {
        if (text !== null && isClear(text)) onClear();
        listener(text);
      });
    },
    onClose: (listener) => {
      socket.onClose(listener);
    },
  };
}

/** Audio messages are long; a clear is short and names itself. */
const LONGEST_CLEAR = 200;

function isClear(text: string): boolean {
  if (text.length > LONGEST_CLEAR) return false;
  try {
    return (JSON.parse(text) as { event?: unknown }).event === 'clear';
  } catch {
    return false;
  }
}
