// What is known about calls, in progress and past, as the API shows it.

export type CallOutcome = 'in-progress' | 'completed' | 'caller-hung-up' | 'failed' | 'shutdown';

/** Stages follow each other and add up to the time from the caller's last speech to the first frame sent. */
export interface StagesMs {
  readonly endpointWait: number;
  readonly stt: number;
  readonly responder: number;
  readonly tts: number;
  readonly firstFrame: number;
}

export interface TurnRecord {
  /** Null for what the agent says on its own (greeting, prompt after silence). */
  readonly heard: string | null;
  /** What was played; cut at the last clause begun when the caller interrupted. */
  readonly replied: string;
  readonly stagesMs: StagesMs | null;
  readonly bargedIn: boolean;
}

export interface CallRecord {
  readonly callSid: string;
  readonly agent: string;
  readonly direction: 'inbound' | 'outbound';
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The turn state's name: listening, callerSpeaking, endpointing, thinking, agentSpeaking, ended. */
  readonly state: string;
  readonly outcome: CallOutcome;
  /** How the conversation itself ended, as the agent file names it; null while it goes on. */
  readonly result: string | null;
  readonly collected: Readonly<Record<string, string>>;
  readonly turns: readonly TurnRecord[];
  readonly counters: Readonly<Record<string, number>>;
}

export interface CallDirectory {
  /** Newest first. */
  list(limit: number): readonly CallRecord[];
  get(callSid: string): CallRecord | null;
}
