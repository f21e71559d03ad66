// Whether a campaign's export says what the people said.
import type { Persona } from '../../simulator/network/personas.ts';

export interface Disagreement {
  readonly number: string;
  readonly persona: string;
  readonly found: string;
}

interface ExportedRow {
  readonly number: string;
  readonly outcome: string;
  readonly answers: Readonly<Record<string, string>>;
}

/** Lines of the JSON export. People who were never reached are not compared. */
export function compareResults(
  lines: readonly string[],
  people: ReadonlyMap<string, Persona>,
): { readonly agreeing: number; readonly disagreeing: readonly Disagreement[] } {
  const disagreeing: Disagreement[] = [];
  let agreeing = 0;
  for (const line of lines) {
    const { number, outcome, answers } = JSON.parse(line) as ExportedRow;
    const persona = people.get(number);
    if (persona === undefined) continue;
    const isRight =
      persona.outcomes.includes(outcome) &&
      Object.entries(persona.answers).every(([name, isRightValue]) => isRightValue(answers[name] ?? ''));
    if (isRight) agreeing += 1;
    else disagreeing.push({ number, persona: persona.name, found: `${outcome} ${JSON.stringify(answers)}` });
  }
  return { agreeing, disagreeing };
}
