// Faults of any YAML file: place, key, and words that say what to write.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseYaml } from '../../src/config/yaml-file.ts';

const step = z.strictObject({
  ask: z.string(),
  go: z.union([z.string(), z.strictObject({ to: z.string() })]),
});
const schema = z.strictObject({
  name: z.string().min(3),
  rate: z.number().gt(0).lt(2).optional(),
  steps: z.record(z.string(), step),
});
const GOOD = 'name: demo\nsteps:\n  first:\n    ask: Who?\n    go: second\n';

function faultsOf(text: string): string[] {
  try {
    parseYaml('f.yaml', text, schema);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

describe('a YAML file', () => {
  it('is read with the line of every key', () => {
    const { value, lineOf } = parseYaml('f.yaml', GOOD, schema);
    expect(value.steps['first']!.go).toBe('second');
    expect(lineOf(['steps', 'first', 'go'])).toBe(5);
    expect(lineOf(['steps', 'first', 'missing'])).toBe(3);
    expect(lineOf(['nowhere'])).toBe(1);
  });

  it.each([
    [
      GOOD.replace('ask:', 'aks:'),
      [
        'f.yaml:3: steps.first.ask: found nothing, expected a text',
        'f.yaml:4: steps.first.aks: found an unknown key, expected one of ask, go',
      ],
    ],
    [GOOD.replace('demo', 'ab'), ['f.yaml:1: name: found "ab", expected at least 3 characters']],
    [`${GOOD}rate: 0\n`, ['f.yaml:6: rate: found 0, expected more than 0']],
    [`${GOOD}rate: 2\n`, ['f.yaml:6: rate: found 2, expected less than 2']],
    [
      GOOD.replace('go: second', 'go: 7'),
      ['f.yaml:5: steps.first.go: found 7, expected a text, or keys with values'],
    ],
    [
      GOOD.replace('go: second', 'go: {ot: x, to: y}'),
      ['f.yaml:5: steps.first.go.ot: found an unknown key, expected one of to'],
    ],
    [
      GOOD.replace('Who?', '*nobody'),
      [
        'f.yaml: found Unresolved alias (the anchor must be set before the alias): nobody, expected YAML without such aliases',
      ],
    ],
    [
      'name: [',
      [
        'f.yaml:1: found Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 8:, expected valid YAML',
      ],
    ],
  ])('tells what is wrong with %j', (text, messages) => {
    expect(faultsOf(text)).toEqual(messages);
  });

  it('refuses aliases that multiply', () => {
    const levels = Array.from({ length: 12 }, (_, index) =>
      index === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${index}: &a${index} [${Array<string>(9)
            .fill(`*a${index - 1}`)
            .join(', ')}]`,
    );
    expect(faultsOf(levels.join('\n'))[0]).toContain('expected YAML without such aliases');
  });
});
