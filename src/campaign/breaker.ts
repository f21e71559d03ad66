// Stops a campaign whose calls fail: something is wrong with the line, the account or the list. Pure.
import type { AttemptOutcome, Breaker } from '../ports/campaign.ts';

const FAILURES: readonly AttemptOutcome[] = ['failed', 'lost', 'not-placed', 'abandoned'];

/** The reason to pause, or null. `lastOutcomes` are those of the last attempts that ended, newest first. */
export function tripped(breaker: Breaker, lastOutcomes: readonly AttemptOutcome[]): string | null {
  const looked = lastOutcomes.slice(0, breaker.attempts);
  if (looked.length < breaker.attempts) return null;
  const failures = looked.filter((outcome) => FAILURES.includes(outcome));
  if (failures.length < breaker.share * looked.length) return null;
  const counts = FAILURES.map((outcome) => ({
    outcome,
    count: failures.filter((failure) => failure === outcome).length,
  })).filter(({ count }) => count > 0);
  const told = counts.map(({ outcome, count }) => `${count} ${outcome}`).join(', ');
  return `${failures.length} of the last ${looked.length} attempts failed (${told})`;
}
