// The telephone network behind Twilio's REST API: calls are queued, ring, are answered or not, and end.
import type { SimulatorClock } from '../simulator-clock.ts';
import type { FaultLottery } from './faults.ts';
import type { Answering, Callee } from './population.ts';

export type PhoneStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

const FINAL: readonly PhoneStatus[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
export const isFinal = (status: PhoneStatus): boolean => FINAL.includes(status);

/** What a call was created with. */
export interface PhoneCallRequest {
  readonly to: string;
  readonly from: string;
  readonly url: string;
  readonly statusCallback: string | null;
  readonly amdCallback: string | null;
  /** Null records nothing. */
  readonly recordingCallback: string | null;
  readonly ringTimeoutMs: number;
  readonly timeLimitMs: number;
}

export interface PhoneCall {
  readonly sid: string;
  readonly request: PhoneCallRequest;
  readonly callee: Callee;
  status: PhoneStatus;
  answeredBy: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** How long it waits for its turn among the account's calls per second. */
  queueMs: number;
}

/** A webhook as Twilio would send it, without its signature. */
export interface Callback {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface PhoneSystemOptions {
  readonly clock: SimulatorClock;
  readonly accountSid: string;
  readonly callsPerSecond: number;
  /** `nth` counts the calls to this number from 1. */
  readonly callee: (number: string, nth: number) => Callee;
  readonly faults: FaultLottery;
  /** 32 hexadecimal digits, never the same. */
  readonly newSid: () => string;
  /** Callbacks in the order of their arrival. */
  readonly deliver: (callback: Callback) => void;
  /** The callee has answered: whoever plays the conversation ends it with `end`. */
  readonly onAnswered: (call: PhoneCall, callee: Answering) => void;
  /** A call that was answered is over, whoever ended it. */
  readonly onEnded?: (call: PhoneCall) => void;
}

const INITIATED_MS = 150;
const RINGING_MS = 400;
const RECORDING_MS = 1_500;

export class PhoneSystem {
  readonly #options: PhoneSystemOptions;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #byNumber = new Map<string, PhoneCall[]>();
  readonly #timers = new Map<string, () => void>();
  readonly #sequences = new Map<string, number>();
  /** Callbacks under way and verdicts to come: they outlive their calls. */
  readonly #posts = new Set<() => void>();
  #nextTurnAt = 0;

  constructor(options: PhoneSystemOptions) {
    this.#options = options;
  }

  /** In the order in which they were created. */
  get calls(): readonly PhoneCall[] {
    return [...this.#calls.values()];
  }

  create(request: PhoneCallRequest): PhoneCall {
    const { clock, callee, newSid, callsPerSecond } = this.#options;
    const now = clock.now();
    const earlier = this.#byNumber.get(request.to) ?? [];
    const turnAt = Math.max(now, this.#nextTurnAt);
    this.#nextTurnAt = turnAt + 1_000 / callsPerSecond;
    const call: PhoneCall = {
      sid: `CA${newSid()}`,
      request,
      callee: callee(request.to, earlier.length + 1),
      status: 'queued',
      answeredBy: null,
      createdAt: now,
      startedAt: null,
      endedAt: null,
      queueMs: Math.round(turnAt - now),
    };
    this.#calls.set(call.sid, call);
    this.#byNumber.set(request.to, [...earlier, call]);
    this.#after(call, turnAt - now + INITIATED_MS, () => {
      this.#initiate(call);
    });
    return call;
  }

  find(sid: string): PhoneCall | null {
    return this.#calls.get(sid) ?? null;
  }

  /** Newest first. */
  to(number: string): readonly PhoneCall[] {
    return (this.#byNumber.get(number) ?? []).toReversed();
  }

  /** Hangs up; whether the call was still going on. A call that is cancelled in the queue has no callbacks. */
  end(call: PhoneCall, status: PhoneStatus): boolean {
    if (isFinal(call.status)) return false;
    const before = call.status;
    this.#stopTimer(call);
    call.endedAt = this.#options.clock.now();
    call.status = status;
    if (before !== 'queued') this.#tell(call);
    if (before === 'in-progress') {
      this.#sendRecording(call);
      this.#options.onEnded?.(call);
    }
    return true;
  }

  /** Nothing happens any more: every timer ends here. Calls stay as they are. */
  close(): void {
    for (const cancel of [...this.#timers.values(), ...this.#posts]) cancel();
    this.#timers.clear();
    this.#posts.clear();
  }

  #initiate(call: PhoneCall): void {
    this.#set(call, 'initiated');
    const { callee } = call;
    if (callee.kind === 'failed') {
      this.#after(call, callee.afterMs, () => this.end(call, 'failed'));
      return;
    }
    this.#after(call, RINGING_MS, () => {
      this.#set(call, 'ringing');
      this.#ring(call);
    });
  }

  #ring(call: PhoneCall): void {
    const { callee, request } = call;
    if (callee.kind === 'busy') {
      this.#after(call, callee.afterMs, () => this.end(call, 'busy'));
    } else if (callee.kind === 'answers' && callee.ringMs < request.ringTimeoutMs) {
      this.#after(call, callee.ringMs, () => {
        this.#answer(call, callee);
      });
    } else {
      this.#after(call, request.ringTimeoutMs, () => this.end(call, 'no-answer'));
    }
  }

  #answer(call: PhoneCall, callee: Answering): void {
    const { clock, onAnswered } = this.#options;
    call.startedAt = clock.now();
    this.#set(call, 'in-progress');
    const { verdict } = callee;
    if (verdict !== null && call.request.amdCallback !== null) {
      // Not ended with the call: a verdict may come after it.
      this.#post(verdict.afterMs, () => {
        call.answeredBy = verdict.answeredBy;
        this.#sendVerdict(call, verdict.answeredBy, verdict.afterMs);
      });
    }
    this.#after(call, call.request.timeLimitMs, () => this.end(call, 'completed'));
    onAnswered(call, callee);
  }

  #set(call: PhoneCall, status: PhoneStatus): void {
    call.status = status;
    this.#tell(call);
  }

  #tell(call: PhoneCall): void {
    const { statusCallback } = call.request;
    const sequence = this.#sequences.get(call.sid) ?? 0;
    this.#sequences.set(call.sid, sequence + 1);
    if (statusCallback === null) return;
    const { startedAt, endedAt, answeredBy } = call;
    const seconds = startedAt === null || endedAt === null ? 0 : Math.round((endedAt - startedAt) / 1_000);
    this.#send(statusCallback, {
      ...this.#voiceFields(call),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequence),
      Timestamp: new Date(this.#options.clock.now()).toUTCString().replace('GMT', '+0000'),
      ...(isFinal(call.status)
        ? { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)) }
        : {}),
      ...(answeredBy === null ? {} : { AnsweredBy: answeredBy }),
    });
  }

  #sendVerdict(call: PhoneCall, answeredBy: string, afterMs: number): void {
    const { amdCallback } = call.request;
    if (amdCallback === null) return;
    this.#send(amdCallback, {
      CallSid: call.sid,
      AccountSid: this.#options.accountSid,
      AnsweredBy: answeredBy,
      MachineDetectionDuration: String(Math.round(afterMs)),
    });
  }

  /** Ready a while after the call. */
  #sendRecording(call: PhoneCall): void {
    const { recordingCallback } = call.request;
    if (recordingCallback === null) return;
    const { accountSid } = this.#options;
    const recordingSid = `RE${call.sid.slice(2)}`;
    const seconds = Math.round(((call.endedAt ?? 0) - (call.startedAt ?? 0)) / 1_000);
    this.#post(RECORDING_MS, () => {
      this.#send(recordingCallback, {
        AccountSid: accountSid,
        CallSid: call.sid,
        RecordingSid: recordingSid,
        RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}`,
        RecordingStatus: 'completed',
        RecordingDuration: String(seconds),
        RecordingChannels: '2',
        RecordingSource: 'OutboundAPI',
      });
    });
  }

  #voiceFields({ sid, request, status }: PhoneCall): Readonly<Record<string, string>> {
    return {
      CallSid: sid,
      AccountSid: this.#options.accountSid,
      From: request.from,
      To: request.to,
      CallStatus: status,
      ApiVersion: '2010-04-01',
      Direction: 'outbound-api',
    };
  }

  #send(url: string, fields: Readonly<Record<string, string>>): void {
    const { faults, deliver } = this.#options;
    for (const delayMs of faults.callback()) {
      this.#post(delayMs, () => {
        deliver({ url, fields });
      });
    }
  }

  #post(delayMs: number, run: () => void): void {
    const { clock } = this.#options;
    const cancel = clock.at(clock.now() + delayMs, () => {
      this.#posts.delete(cancel);
      run();
    });
    this.#posts.add(cancel);
  }

  /** One timer a call: whatever comes next for it. */
  #after(call: PhoneCall, delayMs: number, run: () => void): void {
    const { clock } = this.#options;
    this.#stopTimer(call);
    const cancel = clock.at(clock.now() + delayMs, run);
    this.#timers.set(call.sid, cancel);
  }

  #stopTimer(call: PhoneCall): void {
    this.#timers.get(call.sid)?.();
    this.#timers.delete(call.sid);
  }
}
