// How an attempt goes on: whatever is learned about it, in whatever order and however often, it ends exactly once. Pure.
import { FINAL_STATUSES, type NetworkCall, type NetworkStatus } from '../ports/call-control.ts';
import type { AttemptOutcome } from '../ports/campaign.ts';
import type { AttemptChange, AttemptProgress, AttemptView, PlacedProgress } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { Answerer, CallEnding } from '../ports/outbound.ts';
import { isCallNote, isDialAnswer, type AttemptEvent, type CallNote } from './attempt-events.ts';
import { afterOutcome } from './retry.ts';

/** A reserved attempt is looked up in the network this often, so long after it was dialled, before nobody can have rung. */
const RESERVED_LOOKUPS = 3;
export const RESERVED_PATIENCE_MS = 60_000;
/** A placed call that the network does not know any more is given up after so many lookups. */
const PLACED_LOOKUPS = 5;
/** From one lookup to the next. */
export const LOOKUP_EVERY_MS = 20_000;
/** A call in progress is looked at so often when nothing is heard of it. */
export const QUIET_CALL_MS = 60_000;

/** An unknown answerer is a person; a machine's verdict that comes after a person spoke is wrong. */
export function answererOf(answeredBy: string | null, personSpoke: boolean): Answerer {
  if (personSpoke || answeredBy === null) return 'person';
  if (answeredBy === 'fax') return 'fax';
  return answeredBy.startsWith('machine') ? 'machine' : 'person';
}

/** Null where the event changes nothing. */
export function advance(view: AttemptView, event: AttemptEvent, at: EpochMs): AttemptChange | null {
  const { progress } = view.attempt;
  switch (progress.kind) {
    case 'ended':
      return afterEnd(view, event);
    case 'reserved':
      return fromReserved(view, event, at);
    case 'placed':
      return fromPlaced(view, progress, event, at);
  }
}

/** What the conversation collected may come after the network's last word. */
function afterEnd({ attempt }: AttemptView, event: AttemptEvent): AttemptChange | null {
  if (event.type !== 'talk-ended' || attempt.result !== null) return null;
  const { collected, result } = event.ending;
  if (result === null && Object.keys(collected).length === 0) return null;
  return { progress: attempt.progress, collected, result, reason: 'late-record' };
}

function fromReserved(view: AttemptView, event: AttemptEvent, at: EpochMs): AttemptChange | null {
  if (isCallNote(event) || event.type === 'talk-ended') return null;
  switch (event.type) {
    case 'placed':
      return learned(view, placedFrom(event.call, at), at, 'placed');
    case 'not-placed':
      return ended(view, { callSid: null, outcome: 'not-placed', reason: event.code }, at);
    case 'refused':
      return {
        progress: { kind: 'ended', callSid: null, outcome: 'not-placed' },
        contact: { kind: 'final', end: 'number-refused', at },
        reason: event.code,
      };
    case 'status':
      return learned(view, withNews(fresh(event.callSid), event, at), at, event.status);
    case 'connected': {
      const news = { status: 'in-progress', sequence: -1, answeredBy: null } as const;
      return learned(view, withNews(fresh(event.callSid), news, at), at, 'connected');
    }
    case 'looked-up':
      return event.call === null
        ? notFound(view, at)
        : learned(view, placedFrom(event.call, at), at, 'found');
  }
}

/** Nobody can have rung if the network does not know the call a while after it was asked for. */
function notFound(view: AttemptView, at: EpochMs): AttemptChange {
  const { attempt } = view;
  const lookups = attempt.lookups + 1;
  const isLong = at - attempt.dialledAt >= RESERVED_PATIENCE_MS;
  if (lookups >= RESERVED_LOOKUPS && isLong) {
    return ended(view, { callSid: null, outcome: 'not-placed', reason: 'not-found' }, at);
  }
  return { progress: attempt.progress, lookups, leaseUntil: at + LOOKUP_EVERY_MS, reason: 'not-found' };
}

function fromPlaced(
  view: AttemptView,
  progress: PlacedProgress,
  event: AttemptEvent,
  at: EpochMs,
): AttemptChange | null {
  if (isDialAnswer(event)) return null;
  if (isCallNote(event)) return noted(progress, event, at);
  switch (event.type) {
    case 'status': {
      // One attempt is one call: another one's status is none of ours.
      if (event.callSid !== progress.callSid) return null;
      const isNews = FINAL_STATUSES.includes(event.status) || event.sequence > progress.sequence;
      return isNews ? learned(view, withNews(progress, event, at), at, event.status) : null;
    }
    case 'looked-up':
      return lookedUp(view, progress, event.call, at);
    case 'connected':
      if (progress.answeredAt !== null) return null;
      return learned(view, { ...progress, answeredAt: at }, at, 'connected');
    case 'talk-ended': {
      const { collected, result, by } = event.ending;
      const outcome = talkOutcome(view, progress, event.ending, at);
      const change = ended(view, { callSid: progress.callSid, outcome, reason: `talk-${by}` }, at);
      return { ...change, collected, result };
    }
  }
}

function lookedUp(
  view: AttemptView,
  progress: PlacedProgress,
  call: NetworkCall | null,
  at: EpochMs,
): AttemptChange {
  if (call !== null) {
    const { status, answeredBy } = call;
    const next = withNews(progress, { status, answeredBy, sequence: progress.sequence }, at);
    return { ...learned(view, next, at, status), lookups: 0 };
  }
  const lookups = view.attempt.lookups + 1;
  if (lookups >= PLACED_LOOKUPS) {
    return ended(view, { callSid: progress.callSid, outcome: 'lost', reason: 'not-found' }, at);
  }
  return { progress, lookups, leaseUntil: at + LOOKUP_EVERY_MS, reason: 'not-found' };
}

/** Each counts the first time only. */
function noted(progress: PlacedProgress, event: CallNote, at: EpochMs): AttemptChange | null {
  const reason = event.type;
  switch (event.type) {
    case 'answered-by': {
      const { answeredBy } = event;
      return progress.answeredBy === null ? { progress: { ...progress, answeredBy }, reason } : null;
    }
    case 'first-audio':
      return progress.firstAudioAt === null ? { progress: { ...progress, firstAudioAt: at }, reason } : null;
    case 'person-spoke':
      return progress.personSpoke ? null : { progress: { ...progress, personSpoke: true }, reason };
  }
}

const fresh = (callSid: string): PlacedProgress => ({
  kind: 'placed',
  callSid,
  status: 'queued',
  sequence: -1,
  answeredAt: null,
  firstAudioAt: null,
  answeredBy: null,
  personSpoke: false,
});

interface News {
  readonly status: NetworkStatus;
  readonly sequence: number;
  readonly answeredBy: string | null;
}

const placedFrom = (call: NetworkCall, at: EpochMs): PlacedProgress =>
  withNews(fresh(call.callSid), { status: call.status, sequence: -1, answeredBy: call.answeredBy }, at);

function withNews(progress: PlacedProgress, news: News, at: EpochMs): PlacedProgress {
  const isAnswered = news.status === 'in-progress' && progress.answeredAt === null;
  return {
    ...progress,
    status: news.status,
    sequence: Math.max(news.sequence, progress.sequence),
    answeredAt: isAnswered ? at : progress.answeredAt,
    answeredBy: progress.answeredBy ?? news.answeredBy,
  };
}

/** A placed attempt as it is now: ended if the network says that the call is over, else leased on. */
function learned(view: AttemptView, progress: PlacedProgress, at: EpochMs, reason: string): AttemptChange {
  if (FINAL_STATUSES.includes(progress.status)) {
    const outcome = networkOutcome(view, progress, at);
    return ended(view, { callSid: progress.callSid, outcome, reason }, at);
  }
  const isTalking = progress.answeredAt !== null;
  const quietMs = isTalking ? QUIET_CALL_MS : view.spec.ringTimeoutS * 1_000 + LOOKUP_EVERY_MS;
  return { progress, leaseUntil: at + quietMs, reason };
}

interface End {
  readonly callSid: string | null;
  readonly outcome: AttemptOutcome;
  readonly reason: string;
}

function ended(view: AttemptView, { callSid, outcome, reason }: End, at: EpochMs): AttemptChange {
  const progress: AttemptProgress = { kind: 'ended', callSid, outcome };
  return { progress, contact: afterOutcome(outcome, view.history, view.spec, at), reason };
}

/** The call is over, and the conversation has not told how. */
function networkOutcome(view: AttemptView, progress: PlacedProgress, at: EpochMs): AttemptOutcome {
  const { status } = progress;
  if (status === 'busy' || status === 'no-answer' || status === 'canceled') return status;
  if (status !== 'completed') return 'failed';
  return withoutPerson(progress) ?? cutShort(view, progress, at);
}

/** Results of agent files that say more than that the conversation came to its end. */
const TELLING_RESULTS: Readonly<Record<string, AttemptOutcome>> = {
  'opted-out': 'opted-out',
  'wrong-number': 'wrong-number',
};

function talkOutcome(
  view: AttemptView,
  progress: PlacedProgress,
  { by, result, messageLeft }: CallEnding,
  at: EpochMs,
): AttemptOutcome {
  if (messageLeft) return 'voicemail-left';
  const telling = result === null ? undefined : TELLING_RESULTS[result];
  const answered = telling ?? withoutPerson(progress);
  if (answered !== null) return answered;
  if (by === 'machine') return 'voicemail';
  if (by === 'agent') return 'completed';
  return by === 'failure' && progress.firstAudioAt !== null ? 'failed' : cutShort(view, progress, at);
}

function withoutPerson({ answeredBy, personSpoke }: PlacedProgress): 'voicemail' | 'fax' | null {
  const answerer = answererOf(answeredBy, personSpoke);
  return answerer === 'machine' ? 'voicemail' : answerer === 'fax' ? 'fax' : null;
}

/** A person who hung up: before anything of ours was heard, at once, or later. */
function cutShort({ spec }: AttemptView, progress: PlacedProgress, at: EpochMs): AttemptOutcome {
  if (progress.firstAudioAt === null) return 'abandoned';
  const talkedMs = at - (progress.answeredAt ?? at);
  return talkedMs < spec.droppedBeforeS * 1_000 ? 'dropped' : 'hung-up';
}
