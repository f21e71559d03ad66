// What happens in calls that nobody hears: the agent's and the callee's parts are told to the campaign as if they were said.
import type { CampaignCalls } from '../../campaign/campaign-calls.ts';
import type { DoNotCallList } from '../../ports/do-not-call.ts';
import type { NetworkStatus } from '../../ports/call-control.ts';
import type { OutboundWatch } from '../../ports/outbound.ts';
import { between, chanceOf, pick } from '../../simulator/network/chance.ts';
import {
  isFinal,
  type Callback,
  type PhoneCall,
  type PhoneSystem,
} from '../../simulator/network/phone-system.ts';
import type { Answering } from '../../simulator/network/population.ts';
import type { SimulatorClock } from '../../simulator/simulator-clock.ts';

/** How people behave, in shares; what comes of it is known, so that an export can be compared. */
const PEOPLE = {
  confirms: 0.55,
  moves: 0.15,
  cancels: 0.08,
  'hangs-up': 0.12,
  'opts-out': 0.06,
  'wrong-number': 0.04,
} as const;

const RESULTS: Readonly<Record<Exclude<keyof typeof PEOPLE, 'hangs-up'>, string>> = {
  confirms: 'confirmed',
  moves: 'moved',
  cancels: 'cancelled',
  'opts-out': 'opted-out',
  'wrong-number': 'wrong-number',
};

const FIRST_AUDIO_MS = { least: 400, most: 1_500 };
const GREETING_MS = 6_000;
const TALK_MS = { least: 15_000, most: 70_000 };
const MESSAGE_MS = 12_000;

export interface SilentTalksDeps {
  readonly seed: number;
  readonly clock: SimulatorClock;
  readonly calls: CampaignCalls;
  readonly doNotCall: DoNotCallList;
  /** Known when both are made. */
  readonly system: () => PhoneSystem;
}

export class SilentTalks {
  readonly #deps: SilentTalksDeps;
  readonly #watches = new Map<string, OutboundWatch>();
  readonly #work = new Set<Promise<void>>();

  constructor(deps: SilentTalksDeps) {
    this.#deps = deps;
  }

  /** Resolves when everything that was told is stored. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#deps.calls.idle();
  }

  get isIdle(): boolean {
    return this.#work.size === 0;
  }

  /** A webhook of the network. */
  deliver({ url, fields }: Callback): void {
    const attemptId = attemptOf(url);
    if (fields['RecordingUrl'] !== undefined) {
      this.#track(this.#deps.calls.recorded(attemptId, fields['RecordingUrl']));
      return;
    }
    const callSid = fields['CallSid'] ?? '';
    const answeredBy = fields['AnsweredBy'] ?? null;
    this.#track(
      fields['CallStatus'] === undefined
        ? this.#verdict(attemptId, callSid, answeredBy ?? 'unknown')
        : this.#deps.calls
            .status(attemptId, {
              callSid,
              status: fields['CallStatus'] as NetworkStatus,
              sequence: Number(fields['SequenceNumber']),
              answeredBy,
            })
            .then(() => undefined),
    );
  }

  answered(call: PhoneCall, callee: Answering): void {
    this.#track(this.#talk(call, callee));
  }

  async #talk(call: PhoneCall, callee: Answering): Promise<void> {
    const { calls, seed, clock } = this.#deps;
    const planned = await calls.planFor(attemptOf(call.request.url), call.sid);
    if (planned === null) {
      this.#deps.system().end(call, 'completed');
      return;
    }
    const { watch } = planned.plan;
    this.#watches.set(call.sid, watch);
    watch.connected();
    const chance = chanceOf(seed, call.sid, 'talk');
    this.#later(call, between(chance, FIRST_AUDIO_MS.least, FIRST_AUDIO_MS.most), () => {
      watch.firstAudio();
    });
    if (callee.who !== 'person') {
      this.#later(call, callee.patienceMs, () => {
        this.#end(call, { by: 'caller', result: null });
      });
      return;
    }
    const behaviour = pick(() => callee.persona, PEOPLE);
    if (behaviour === 'hangs-up') {
      this.#later(call, between(chance, 1_800, 20_000), () => {
        this.#end(call, { by: 'caller', result: null });
      });
      return;
    }
    this.#later(call, GREETING_MS, () => {
      watch.personSpoke();
    });
    const result = RESULTS[behaviour];
    this.#later(call, between(chance, TALK_MS.least, TALK_MS.most), () => {
      this.#track(this.#finish(call, result, clock.now()));
    });
  }

  /** An opt-out is on the list before the call ends. */
  async #finish(call: PhoneCall, result: string, at: number): Promise<void> {
    if (result === 'opted-out') {
      await this.#deps.doNotCall.add({ number: call.request.to, at, source: `call:${call.sid}`, note: '' });
    }
    this.#end(call, { by: 'agent', result });
  }

  async #verdict(attemptId: string, callSid: string, answeredBy: string): Promise<void> {
    const { calls, system } = this.#deps;
    const { action } = await calls.answeredBy(attemptId, answeredBy);
    const call = system().find(callSid);
    if (call === null || action === null) return;
    if (action.kind === 'hang-up') this.#end(call, { by: 'machine', result: null });
    else {
      this.#later(call, MESSAGE_MS, () => {
        this.#end(call, { by: 'machine', result: null, messageLeft: true });
      });
    }
  }

  #end(
    call: PhoneCall,
    ending: { by: 'agent' | 'caller' | 'machine'; result: string | null; messageLeft?: true },
  ): void {
    if (isFinal(call.status)) return;
    const { by, result, messageLeft = false } = ending;
    const collected: Readonly<Record<string, string>> = result === null ? {} : { appointment: result };
    this.#watches.get(call.sid)?.ended({ by, result, collected, messageLeft });
    this.#watches.delete(call.sid);
    this.#deps.system().end(call, 'completed');
  }

  #later(call: PhoneCall, delayMs: number, run: () => void): void {
    const { clock } = this.#deps;
    clock.at(clock.now() + delayMs, () => {
      if (!isFinal(call.status)) run();
    });
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

const attemptOf = (url: string): string => new URL(url).searchParams.get('attempt') ?? '';
