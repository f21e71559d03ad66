// The system clock goes forward, fires once, and lets itself be cancelled.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { createSystemClock } from '../../src/telemetry/system-clock.ts';

describe('the system clock', () => {
  it('fires after the delay, in order, and not what was cancelled', async () => {
    const clock = createSystemClock();
    const startedAt = clock.now();
    const fired: string[] = [];
    const cancel = clock.after(ms(1), () => fired.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      clock.after(ms(20), () => {
        fired.push('late');
        resolve();
      });
      clock.after(ms(5), () => fired.push('early'));
      // The clock's own timers never keep a process alive, so the test holds one that does.
      const keep = setInterval(() => {
        if (fired.includes('late')) clearInterval(keep);
      }, 5);
    });
    expect(fired).toEqual(['early', 'late']);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(19);
  });

  it('knows the calendar', () => {
    expect(Math.abs(createSystemClock().date().getTime() - Date.now())).toBeLessThan(1_000);
  });
});
