// Ctrl-C for commands that have something to end first: a call, a server, child processes.

/** As shells report a program that SIGINT has ended. */
export const EXIT_INTERRUPTED = 130;

/**
 * The first SIGINT or SIGTERM aborts the signal, and `run` ends what it has begun; the second ends the program at once.
 * Resolves with the exit code of `run`, or with 130 when it failed because it was interrupted. @throws what `run` throws.
 */
export async function interruptible(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await run(interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
