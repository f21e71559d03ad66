// Measures a warm-up step.
import type { WarmupStep } from './messages.ts';

export async function timed(name: string, run: () => Promise<unknown>): Promise<WarmupStep> {
  const begun = performance.now();
  await run();
  return { name, ms: performance.now() - begun };
}
