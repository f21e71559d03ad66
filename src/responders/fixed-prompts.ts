// What the agents and their calls say whatever the caller tells, each in its voice, so that it can be made ready beforehand.
import { fixedClausesOf } from '../dialogue/fixed-clauses.ts';
import type { Agent } from './agents.ts';
import { PHRASE_KINDS } from './call-phrases.ts';
import { refusalsAt } from './understanding/refusals.ts';

export interface FixedPrompt {
  readonly text: string;
  readonly voice: string;
}

/**
 * What calls say of their own accord comes first, each phrase as one clause; then the agents' greetings, then the rest.
 * Some may repeat. Takes a tenth of a second, and more if the understanding is not warm.
 */
export function fixedPrompts(agents: Iterable<Agent>): readonly FixedPrompt[] {
  const inbound = [...agents];
  const outbound = inbound.flatMap((agent) =>
    agent.outboundFlow === null ? [] : [{ ...agent, flow: agent.outboundFlow }],
  );
  const all = [...inbound, ...outbound];
  const phrases = PHRASE_KINDS.flatMap((kind) =>
    all.map(({ voice, phrases: own }) => ({ text: own[kind], voice })),
  );
  const clauses = all.map((agent) => ({ voice: agent.voice, texts: clausesOf(agent) }));
  const longest = Math.max(0, ...clauses.map(({ texts }) => texts.length));
  return [
    ...withoutRepeats(phrases),
    ...Array.from({ length: longest }, (_, rank) =>
      clauses.flatMap(({ voice, texts }) => texts.slice(rank, rank + 1).map((text) => ({ text, voice }))),
    ).flat(),
  ];
}

/** Most agents say the usual phrases. */
function withoutRepeats(prompts: readonly FixedPrompt[]): readonly FixedPrompt[] {
  return [...new Map(prompts.map((prompt) => [`${prompt.voice}: ${prompt.text}`, prompt])).values()];
}

function clausesOf({ flow, timezone, country }: Agent): readonly string[] {
  // Refusals are worded alike on every day.
  const at = { now: new Date(0), timezone, country };
  return fixedClausesOf(flow, (step) => refusalsAt(flow, step, at));
}
