// Tells whoever reads a stream that nothing has come for a while, without losing what comes then.
import type { Clock } from '../../ports/clock.ts';
import type { Ms } from '../../audio/units.ts';

export const QUIET = Symbol('quiet');

/** QUIET when the work takes longer; it goes on. */
export function orQuiet<T>(work: Promise<T>, limitMs: Ms, clock: Clock): Promise<T | typeof QUIET> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => {
      resolve(QUIET);
    });
    work.then(resolve, reject).finally(stop);
  });
}

/** Once after each part that nothing follows within `quietMs`. Leaving the loop ends the source. */
export async function* withQuiet<T>(
  source: AsyncIterable<T>,
  quietMs: Ms,
  clock: Clock,
): AsyncIterable<T | typeof QUIET> {
  const parts = source[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = parts.next();
      const first = await orQuiet(next, quietMs, clock);
      if (first === QUIET) yield QUIET;
      const part = first === QUIET ? await next : first;
      if (part.done === true) {
        isOver = true;
        return;
      }
      yield part.value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    if (!isOver) await parts.return?.();
  }
}
