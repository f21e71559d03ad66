// Tells whoever reads a stream that nothing has come for a while, without losing what comes then.
import type { Clock } from '../../ports/clock.ts';
import type { Ms } from '../../audio/units.ts';

export const QUIET = Symbol('quiet');

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
      const first = await raced(next, quietMs, clock);
      if (first === QUIET) yield QUIET;
      const { done, value } = first === QUIET ? await next : first;
      if (done === true) {
        isOver = true;
        return;
      }
      yield value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    if (!isOver) await parts.return?.();
  }
}

function raced<T>(work: Promise<T>, limitMs: Ms, clock: Clock): Promise<T | typeof QUIET> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => {
      resolve(QUIET);
    });
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error as Error);
      },
    );
  });
}
