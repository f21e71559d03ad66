// A reply that can be heard or stands still: what becomes known of it while it is being made.
import { ms } from '../audio/units.ts';
import type { ResultEvent } from './results.ts';
import type { Playing } from './state.ts';

/** The reply with one more result of its own, which came at `event.at`; null for a result of another kind. */
export function playingAfter(reply: Playing, event: ResultEvent): Playing | null {
  switch (event.type) {
    case 'reply-audio': {
      // Behind what is queued.
      const playUntil = ms(Math.max(reply.playUntil, event.at) + event.durationMs);
      return {
        ...reply,
        playUntil,
        protectedUntil: event.uninterruptible ? playUntil : reply.protectedUntil,
      };
    }
    case 'reply-end':
      return { ...reply, end: { hangUp: event.hangUp } };
    case 'reply-failed':
      return { ...reply, end: { hangUp: null } };
    case 'transcript':
    case 'transcript-failed':
    case 'turn-end-likelihood':
    case 'filler-audio':
    case 'playout-end':
      return null;
  }
}
