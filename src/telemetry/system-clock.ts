// The machine's clock behind the Clock port: the one place that reads the time and sets timers.
import { performance } from 'node:perf_hooks';
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';

export function createSystemClock(): Clock {
  return {
    now: () => ms(performance.now()),
    date: () => new Date(),
    after(delay, run) {
      const timer = setTimeout(run, delay);
      timer.unref();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}
