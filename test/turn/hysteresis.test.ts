// VAD hysteresis: edges come from windows alone, in-between states are visible.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { judge, QUIET, type VadEdge, type VadState } from '../../src/turn/hysteresis.ts';
import { TURN_ORDER } from '../../src/config/turn-schema.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';

function run(probabilities: readonly number[]): { states: string[]; edges: VadEdge[] } {
  let state: VadState = QUIET;
  const states: string[] = [];
  const edges: VadEdge[] = [];
  probabilities.forEach((probability, index) => {
    const window = { from: ms(index * 32), to: ms(index * 32 + 32), probability };
    const [next, edge] = judge(state, window, DEFAULT_TURN_POLICY);
    state = next;
    states.push(next.kind);
    if (edge !== null) edges.push(edge);
  });
  return { states, edges };
}

describe('hysteresis', () => {
  it('needs two windows of speech before it believes in a caller', () => {
    const { states, edges } = run([0.9, 0.9]);
    expect(states).toEqual(['starting', 'speaking']);
    expect(edges).toEqual([{ type: 'speech-start', onset: 0 }]);
  });

  it('forgets a click', () => {
    const { states, edges } = run([0.1, 0.9, 0.1]);
    expect(states).toEqual(['quiet', 'starting', 'quiet']);
    expect(edges).toEqual([]);
  });

  it('keeps speaking between the two thresholds', () => {
    expect(run([0.9, 0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]).states.at(-1)).toBe('speaking');
  });

  it('ends speech after two windows of silence and says when speech was last heard', () => {
    const { states, edges } = run([0.9, 0.9, 0.9, 0.1, 0.1]);
    expect(states.slice(3)).toEqual(['stopping', 'quiet']);
    expect(edges.at(-1)).toEqual({
      type: 'speech-end',
      onset: 0,
      lastSpeech: 96,
      evidence: { certainMs: 96 },
    });
  });

  it('resumes from a short dip without an edge, once speech is certain again', () => {
    const { states, edges } = run([0.9, 0.9, 0.9, 0.1, 0.9]);
    expect(states.slice(3)).toEqual(['stopping', 'speaking']);
    expect(edges).toHaveLength(1);
  });
});

describe('the policy', () => {
  it('keeps the inequalities that its comments state', () => {
    const violated = TURN_ORDER.filter(({ low, high, orEqual }) => {
      const [small, large] = [DEFAULT_TURN_POLICY[low], DEFAULT_TURN_POLICY[high]];
      return orEqual ? small > large : small >= large;
    });
    expect(violated).toEqual([]);
    expect(TURN_ORDER.length).toBeGreaterThanOrEqual(14);
  });
});
