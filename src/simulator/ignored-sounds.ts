// Judges the sounds that must not become a turn: whether the server made one of them, and whether a reply went on.
import { IGNORED_WINDOW_MS, type Utterance } from './caller.ts';
import { holeBetween, isSpeakingAt, type Heard, type Hole } from './interruptions.ts';
import { matchTurns, type TurnMatch } from './match-turns.ts';
import type { ServerTurn } from './server-api.ts';

export interface IgnoredSound {
  readonly utterance: Utterance;
  /** What the server heard in it as a turn of the caller; null when it made none. */
  readonly heard: string | null;
  /** What it did to the reply that it was said over; null when the agent was silent. */
  readonly hole: Hole | null;
  /** Empty when it was ignored as it should be. */
  readonly faults: readonly string[];
}

/** `record` is the server's; null when it could not be had. */
export function ignoredSounds(
  utterances: readonly Utterance[],
  record: readonly ServerTurn[] | null,
  heard: Heard,
): readonly IgnoredSound[] {
  const match = matchTurns(utterances, record ?? []);
  return utterances.flatMap((utterance, index) => {
    if (utterance.kind !== 'ignored') return [];
    const next = utterances.slice(index + 1).find(({ kind }) => kind !== 'ignored') ?? null;
    return [judge({ utterance, index, next, match, recorded: record !== null, heard })];
  });
}

interface Evidence {
  readonly utterance: Utterance;
  readonly index: number;
  /** The caller's next turn; null for none. */
  readonly next: Utterance | null;
  readonly match: TurnMatch;
  readonly recorded: boolean;
  readonly heard: Heard;
}

function judge(evidence: Evidence): IgnoredSound {
  const { utterance, index, next, match, heard } = evidence;
  const parts = match.ofUtterance[index] ?? [];
  const text = parts.length === 0 ? null : parts.map((part) => part.heard).join(' ');
  const over = utterance.interrupts && isSpeakingAt(heard.spurts, utterance.onsetMs);
  const hole = over ? holeBetween(heard, utterance.onsetMs, next?.startedMs ?? Infinity) : null;
  const became = text === null ? [] : [`became a turn: ${JSON.stringify(text)}`];
  const faults =
    hole === null ? answerFaults(evidence) : replyFaults(hole, match.before[index] ?? null, next);
  return { utterance, heard: text, hole, faults: [...became, ...faults] };
}

/** Sound of the agent that its record does not show as said of its own accord, as a prompt after silence is. */
function answerFaults({ utterance, index, next, match, recorded, heard }: Evidence): readonly string[] {
  const { onsetMs, spokenMs } = utterance;
  const lastMs = Math.min(next?.startedMs ?? Infinity, (spokenMs ?? onsetMs) + IGNORED_WINDOW_MS);
  const answer = heard.spurts.find(({ startMs }) => startMs > onsetMs && startMs < lastMs);
  if (answer === undefined) return [];
  const prompts = (match.ownAround[index] ?? []).filter((turn) => turn !== match.before[index]);
  if (recorded && prompts.length > 0) return [];
  return [`was answered ${Math.round(answer.startMs - onsetMs)} ms after it began`];
}

/** A reply that the caller's next turn interrupted, too, was broken off by that one as far as the record can tell. */
function replyFaults(hole: Hole, reply: ServerTurn | null, next: Utterance | null): readonly string[] {
  const known = reply !== null && next?.interrupts !== true;
  if (known && reply.bargedIn) return [`ended the reply ${JSON.stringify(reply.replied)}`];
  return hole.kind === 'cut-off' && !known ? ['silenced the agent, which was not heard again'] : [];
}
