// Looks at a call after every frame: no state outlives its deadline, and a reply that is over gives the floor back.
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import type { CallRig } from './call-rig.ts';

/** A frame, a window and the look after them. */
const LOOK_MS = 100;
/** What a line without packets is noticed after: the stall's limit and one pulse. */
const STALL_MS = 1_200;
const POLICY = DEFAULT_TURN_POLICY;
const RESET = 'line open again, detector reset';

/** How long each state may last, from the policy; null for the two that have no deadline. */
export const LONGEST_MS: Readonly<Record<string, number | null>> = {
  listening: null,
  callerSpeaking: null,
  endpointing: POLICY.longWaitMs + POLICY.verdictGraceMs,
  thinking: POLICY.thinkingDeadlineMs,
  agentPaused: 2 * POLICY.maxPauseMs,
  // From when everything that was sent is played; while more of the reply is awaited.
  agentSpeaking: POLICY.thinkingDeadlineMs,
  ended: null,
};

export class LivenessWatch {
  readonly faults: string[] = [];
  readonly #rig: CallRig;
  #state = 'thinking';
  #since = 0;
  #workAt = 0;
  #marks = 0;

  constructor(rig: CallRig) {
    this.#rig = rig;
    this.restart();
    rig.onFrame = () => {
      this.#look();
    };
  }

  /** Packets that came all at once may have moved the floor several times between two looks. */
  restart(): void {
    this.#since = this.#rig.at;
    this.#state = this.#rig.session.state;
  }

  #look(): void {
    const { session, at, work } = this.#rig;
    if (work.pending > 0) this.#workAt = at;
    if (session.state !== this.#state) this.restart();
    const bound = this.#bound();
    const silentMs = at - this.#rig.packetAt;
    const slackMs = LOOK_MS + Math.min(silentMs, STALL_MS);
    const lastsMs = at - this.#from();
    if (bound !== null && lastsMs > bound + slackMs) {
      this.faults.push(`${session.state} for ${lastsMs} ms at ${at}, not ${bound}`);
      this.restart();
    }
    this.#lookAtMarks();
  }

  #bound(): number | null {
    const { state } = this.#rig.session;
    const complete = state === 'agentSpeaking' && this.#rig.work.pending === 0;
    return complete ? POLICY.playoutSlackMs : (LONGEST_MS[state] ?? null);
  }

  /** From when the state's deadline counts. */
  #from(): number {
    const { asked, phrases, line, session } = this.#rig;
    if (session.state === 'agentSpeaking') return Math.max(this.#since, line.playhead, this.#workAt);
    if (session.state !== 'thinking') return this.#since;
    const own = asked.findLast(({ input }) => input.kind !== 'heard')?.at ?? 0;
    const phrase = phrases.findLast(({ kind }) => kind !== 'filler')?.at ?? 0;
    // The reply before may have given the floor to words that were waiting, all within one frame.
    const reset = this.#rig.logs.findLast(({ message }) => message === RESET)?.at ?? 0;
    return Math.max(this.#since, own, phrase, reset);
  }

  /** The end mark came back since the audio was played, not since it was cleared: the reply is over now. */
  #lookAtMarks(): void {
    const { line, session, at, asked } = this.#rig;
    const returned = line.returned.length > this.#marks;
    this.#marks = line.returned.length;
    const cleared = line.clearedAt.at(-1) === at;
    const answeredAnew = asked.at(-1)?.at === at;
    if (
      returned &&
      line.lastMarkReturned &&
      !cleared &&
      !answeredAnew &&
      !line.playing &&
      session.state === 'agentSpeaking'
    ) {
      this.faults.push(`still speaking at ${at}, though all was played`);
    }
  }
}
