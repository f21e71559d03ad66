// What one simulated call came to: what went over the wire, what the server says about it, and each turn of both.
import { replyTo, type Utterance } from './caller.ts';
import { silencedMs } from './interruptions.ts';
import type { Spurt } from './loudness.ts';
import { matchTurns } from './match-turns.ts';
import { containsPattern } from './patterns.ts';
import type { Transfer } from './phone-network.ts';
import type { Outline } from './recording.ts';
import type { Scenario } from './scenario.ts';
import type { ServerCall, ServerTurn } from './server-api.ts';
import type { StreamResult } from './simulated-stream.ts';

export interface CallResult {
  readonly callSid: string;
  readonly scenario: Scenario;
  /** Null when it never came to a stream. */
  readonly stream: StreamResult | null;
  readonly utterances: readonly Utterance[];
  readonly spurts: readonly Spurt[];
  /** When the server cleared the playout, in ms from the start of the stream. */
  readonly clearsMs: readonly number[];
  /** Steps of the scenario that were not begun. */
  readonly stepsLeft: number;
  /** What TwiML had Twilio say outside the stream. */
  readonly announcements: readonly string[];
  /** To whom the server handed the call on, and what came of it. */
  readonly transfers: readonly Transfer[];
  /** The server's record of the call; null when it could not be had. */
  readonly record: ServerCall | null;
  /** Resident memory of the server's process after each reply that was heard, in MB. */
  readonly memoryMb: readonly number[];
  /** What went wrong around the conversation: webhooks, TwiML, handshake, API. */
  readonly problems: readonly string[];
  readonly outline: Outline;
  readonly recording: string;
}

/** One thing the caller said and what came back. Times are ms from the start of the stream. */
export interface CallTurn {
  readonly utterance: Utterance;
  /** Null when the server made no turn of it; several transcripts are joined by a space. */
  readonly heard: string | null;
  readonly replied: string;
  readonly stagesMs: Readonly<Record<string, number>> | null;
  readonly bargedIn: boolean;
  /** The agent was heard; after keys and in a silence with what was expected, for there it may speak for other reasons. */
  readonly answered: boolean;
  /** Null for no answer, for one that began before the caller had finished, and for a silence. */
  readonly responseMs: number | null;
  readonly replyStartMs: number | null;
  readonly replyEndMs: number | null;
  /** More than 1: a pause inside the utterance was taken for its end. */
  readonly parts: number;
  /** How long the interrupted reply was still heard; null when no reply was broken off by this. */
  readonly silencedMs: number | null;
}

export function turnsOf(
  utterances: readonly Utterance[],
  spurts: readonly Spurt[],
  turns: readonly ServerTurn[],
): readonly CallTurn[] {
  const { ofUtterance, before } = matchTurns(utterances, turns);
  return utterances.map((utterance, index) => {
    const next = utterances.slice(index + 1).find(({ kind }) => kind !== 'ignored');
    const untilMs = next?.startedMs ?? Infinity;
    const heard = spurts.filter((spurt) => spurt.startMs < untilMs);
    const brokeOff = utterance.interrupts && before[index]?.bargedIn === true;
    const heardBy = heardAs(ofUtterance[index] ?? []);
    const answer = answerTo(utterance, heard);
    return {
      utterance,
      ...heardBy,
      ...answer,
      answered: answer.answered && isAnswer(utterance, heardBy.replied),
      silencedMs: brokeOff ? silencedMs(utterance, heard) : null,
    };
  });
}

/** A prompt after silence is heard after keys, too, when nobody took them: only what was expected answers them. */
function isAnswer({ kind, expect }: Utterance, replied: string): boolean {
  return kind === 'speech' || expect.every((pattern) => containsPattern(replied, pattern));
}

function heardAs(
  parts: readonly ServerTurn[],
): Pick<CallTurn, 'heard' | 'replied' | 'stagesMs' | 'bargedIn' | 'parts'> {
  return {
    heard: parts.some((part) => part.heard !== null) ? parts.map((part) => part.heard).join(' ') : null,
    replied: parts.findLast((part) => part.replied !== '')?.replied ?? '',
    stagesMs: parts.at(-1)?.stagesMs ?? null,
    bargedIn: parts.some((part) => part.bargedIn),
    parts: parts.length,
  };
}

/** `before` are the spurts that began before the caller's next utterance. */
function answerTo(
  utterance: Utterance,
  before: readonly Spurt[],
): Pick<CallTurn, 'answered' | 'responseMs' | 'replyStartMs' | 'replyEndMs'> {
  const reply = replyTo(utterance, before);
  if (reply === null) return { answered: false, responseMs: null, replyStartMs: null, replyEndMs: null };
  const waitedMs = reply.startMs - (utterance.spokenMs ?? Infinity);
  return {
    answered: true,
    responseMs: waitedMs >= 0 && utterance.kind !== 'silence' ? waitedMs : null,
    replyStartMs: reply.startMs,
    replyEndMs: before.at(-1)?.endMs ?? null,
  };
}

/** What was said without anybody asking: greeting, prompts after silence, in order. */
export function agentInitiated(turns: readonly ServerTurn[]): readonly string[] {
  return turns.filter((turn) => turn.heard === null).map((turn) => turn.replied);
}
