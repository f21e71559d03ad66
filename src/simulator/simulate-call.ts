// Makes one call from the first webhook to the last: the caller, the line, the stream, the recording, the record.
import { Caller } from './caller.ts';
import type { PreparedStep } from './caller-audio.ts';
import { CallerLine } from './caller-line.ts';
import type { CallResult } from './call-result.ts';
import { finalRecord } from './final-record.ts';
import { LineFaults } from './line-faults.ts';
import { LiveTranscript, type Print } from './live-transcript.ts';
import { PhoneNetwork } from './phone-network.ts';
import { StereoRecording } from './recording.ts';
import type { Scenario } from './scenario.ts';
import type { ServerApi, ServerCall } from './server-api.ts';
import { SimulatedStream, type StreamResult } from './simulated-stream.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import { openStreamSocket } from './stream-socket.ts';
import type { Line } from './target.ts';
import type { ConnectStream } from './twiml.ts';

export interface CallOptions {
  readonly scenario: Scenario;
  readonly steps: readonly PreparedStep[];
  /** Asked for in the webhook's query; null leaves the choice to the server. */
  readonly agent: string | null;
  readonly line: Line;
  readonly api: ServerApi;
  readonly clock: SimulatorClock;
  /** Gives `count` random hexadecimal digits. */
  readonly randomHex: (count: number) => string;
  /** The WAV file to write. */
  readonly recording: string;
  readonly print: Print;
  /** The caller hangs up. */
  readonly signal: AbortSignal;
}

/** One a reply; a call has no more turns in its record either. */
const MAX_MEMORY_NOTES = 1_000;

/** Rejects only when the recording cannot be written; whatever goes wrong with the call is in the result. */
export async function simulateCall(options: CallOptions): Promise<CallResult> {
  const { scenario, line, clock, api, randomHex } = options;
  const callSid = `CA${randomHex(32)}`;
  const accountSid = `AC${randomHex(32)}`;
  const faults = new LineFaults(scenario.fault);
  const caller = new Caller(options.steps, scenario.patience, (begin) => {
    faults.begin(begin);
  });
  const recording = new StereoRecording(options.recording);
  const problems: string[] = [];
  const transcript = new LiveTranscript(options.print);
  const made: { stream?: SimulatedStream; result?: StreamResult } = {};

  const memoryMb: number[] = [];
  const noteMemory = async (): Promise<void> => {
    const rss = (await api.status()).memoryMb?.rss;
    if (rss !== undefined && memoryMb.length < MAX_MEMORY_NOTES) memoryMb.push(rss);
  };
  const showRecord = async (): Promise<ServerCall | null> => {
    const record = await api.call(callSid);
    if (record !== null) transcript.update(record, caller.utterances, made.stream?.ear.spurts ?? []);
    return record;
  };
  const polls = new PollQueue(async () => {
    await showRecord();
    await noteMemory();
  }, problems);

  const connect = async (verb: ConnectStream, streamSid: string): Promise<StreamResult> => {
    const socket = await openStreamSocket(verb.url, line);
    if (made.stream !== undefined) caller.reconnected();
    made.stream = new SimulatedStream({
      socket,
      clock,
      ids: { accountSid, callSid, streamSid },
      parameters: verb.parameters,
      firstTimestampMs: 1 + (Number.parseInt(randomHex(4), 16) % 200),
      caller,
      line: new CallerLine(scenario.caller.line),
      faults,
      onFrame: (left, right) => {
        recording.write(left, right);
      },
      onAgent: (event) => {
        if (event === 'quiet') polls.ask();
      },
    });
    made.result = await made.stream.run(options.signal);
    return made.result;
  };

  const network = new PhoneNetwork({
    call: { accountSid, callSid, from: scenario.from, to: scenario.to },
    line,
    clock,
    connect,
    newStreamSid: () => `MZ${randomHex(32)}`,
    transfers: scenario.transfers,
    signal: options.signal,
  });
  const {
    announcements,
    transfers,
    problems: networkProblems,
  } = await network.run(voiceUrl(line, options.agent));
  await polls.idle();
  const record = await finalRecord({ ask: showRecord, clock, problems, streamed: made.result !== undefined });
  await recording.close();
  return {
    callSid,
    scenario,
    stream: made.result ?? null,
    utterances: caller.utterances,
    spurts: made.stream?.ear.spurts ?? [],
    clearsMs: made.stream?.ear.clearsMs ?? [],
    stepsLeft: caller.stepsLeft,
    announcements,
    transfers,
    record,
    memoryMb,
    problems: [...networkProblems, ...new Set(problems)],
    outline: recording.outline,
    recording: options.recording,
  };
}

function voiceUrl(line: Line, agent: string | null): string {
  const query = agent === null ? '' : `?agent=${encodeURIComponent(agent)}`;
  return `${new URL(line.publicUrl).origin}/twilio/voice${query}`;
}

/** One poll after the other; questions asked while one waits its turn are answered by that one. */
class PollQueue {
  readonly #poll: () => Promise<unknown>;
  readonly #problems: string[];
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(poll: () => Promise<unknown>, problems: string[]) {
    this.#poll = poll;
    this.#problems = problems;
  }

  ask(): void {
    if (this.#waiting > 1) return;
    this.#waiting += 1;
    this.#tail = this.#tail.then(() => this.#run());
  }

  idle(): Promise<void> {
    return this.#tail;
  }

  async #run(): Promise<void> {
    try {
      await this.#poll();
    } catch (error) {
      this.#problems.push(String(error));
    } finally {
      this.#waiting -= 1;
    }
  }
}
