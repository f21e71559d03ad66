// The scenarios of the test-call agent on paper: when every word is understood, each reply is the one expected.
import { describe, expect, it } from 'vitest';
import { containsPattern } from '../../src/simulator/patterns.ts';
import { loadScenario, type ScenarioStep } from '../../src/simulator/scenario.ts';
import { FIXED_DATE, openAgents, PaperCall } from '../support/conversation.ts';

/** What the keys of these scenarios stand for; the call on paper has no telephone. */
const SPOKEN_KEYS: Readonly<Record<string, string>> = {
  '42#': 'forty two',
  '7#': 'seven',
  '1': 'yes',
  '2': 'no',
};

function lineOf({ say, dtmf }: ScenarioStep): string | null {
  if (dtmf === undefined) return say ?? null;
  const spoken = SPOKEN_KEYS[dtmf];
  if (spoken === undefined) throw new Error(`nobody knows what ${dtmf} stands for`);
  return spoken;
}

describe('calls of the test-call agent', () => {
  it.each(['mixed-call', 'mixed-call-short', 'bad-line'])(
    '%s gets the replies that it expects',
    async (name) => {
      const { agent = '', steps } = loadScenario(`config/scenarios/${name}.yaml`, FIXED_DATE);
      const call = new PaperCall(openAgents(), agent);
      await call.greet();
      let checked = 0;
      for (const [index, step] of steps.entries()) {
        // A plain wait, and what must be ignored, is no turn.
        if (step.ignored || step['hang-up'] || (step.wait !== undefined && step.expect === undefined))
          continue;
        const { text, outcome } = await call.say(lineOf(step));
        const missing = (step.expect ?? []).filter((pattern) => !containsPattern(text, pattern));
        expect({ index, text, missing, outcome }).toEqual({ index, text, missing: [], outcome: null });
        checked += step.expect?.length ?? 0;
      }
      expect(checked).toBeGreaterThan(10);
    },
  );
});
