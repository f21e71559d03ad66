// What the scripted agents say in every call, each in its voice, so that it can be made ready before the first call.
import { fixedClausesOf } from '../dialogue/fixed-clauses.ts';
import type { Agent } from './agents.ts';
import { refusalsAt } from './understanding/refusals.ts';

export interface FixedPrompt {
  readonly text: string;
  readonly voice: string;
}

/**
 * `spoken` by the call itself comes first, in every voice; then the agents' greetings, then the rest.
 * Some may repeat. Takes a tenth of a second, and more if the understanding is not warm.
 */
export function fixedPrompts(agents: Iterable<Agent>, spoken: readonly string[]): readonly FixedPrompt[] {
  const all = [...agents];
  const voices = [...new Set(all.map((agent) => agent.voice))];
  const clauses = all.map((agent) => ({ voice: agent.voice, texts: clausesOf(agent) }));
  const longest = Math.max(0, ...clauses.map(({ texts }) => texts.length));
  return [
    ...voices.flatMap((voice) => spoken.map((text) => ({ text, voice }))),
    ...Array.from({ length: longest }, (_, rank) =>
      clauses.flatMap(({ voice, texts }) => texts.slice(rank, rank + 1).map((text) => ({ text, voice }))),
    ).flat(),
  ];
}

function clausesOf({ flow, timezone, country }: Agent): readonly string[] {
  // Refusals are worded alike on every day.
  const at = { now: new Date(0), timezone, country };
  return fixedClausesOf(flow, (step) => refusalsAt(flow, step, at));
}
