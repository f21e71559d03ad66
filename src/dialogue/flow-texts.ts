// What a step of a flow says, and how its places are filled.
import type { SlotValue, Step } from './flow.ts';

export type Slots = Readonly<Record<string, SlotValue>>;

/** The prompt for the `count`-th time in a row, from 1; the last one is repeated. */
export function promptOf(prompts: readonly string[], count: number, step: Step, slots: Slots): string {
  const prompt = prompts[Math.min(count, prompts.length) - 1] ?? '';
  return filled(
    prompt.replace(/\{\{\s*question\s*\}\}/g, () => questionOf(step)),
    slots,
  );
}

/** What is said when an answer was understood, but will not do. */
export function refusalOf(reason: string, step: Step, slots: Slots): string {
  return `${reason} ${filled(questionOf(step), slots)}`;
}

function questionOf(step: Step): string {
  return step.again ?? step.say;
}

export function filled(text: string, slots: Slots): string {
  return text.replace(/\{\{\s*([^{}]*?)\s*\}\}(\.?)/g, (_place, name: string, stop: string) => {
    const spoken = slots[name]?.spoken ?? '';
    // "At four p.m." at the end of a sentence has one full stop.
    return spoken.endsWith('.') ? spoken : spoken + stop;
  });
}
