// The simulator's time: monotonic milliseconds and one-shot timers at absolute times, so that nothing drifts.

export interface SimulatorClock {
  /** Monotonic milliseconds; the origin is arbitrary. */
  now(): number;
  /** Runs `run` once at `time` or at once when that has passed; the returned function cancels it. */
  at(time: number, run: () => void): () => void;
}

export const systemClock: SimulatorClock = {
  now: () => performance.now(),
  at: (time, run) => {
    // Node cuts a delay down to whole milliseconds; rounding up keeps a timer from firing before its time.
    const timer = setTimeout(run, Math.max(0, Math.ceil(time - performance.now())));
    return () => {
      clearTimeout(timer);
    };
  },
};
