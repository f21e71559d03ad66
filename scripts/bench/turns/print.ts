// The tables of `npm run bench:turns`.
import type { Comparison, Over } from './compare.ts';
import type { TurnFigures } from './figures.ts';

const HALVES: readonly (readonly [Over, string])[] = [
  ['tuning', 'tuning half'],
  ['check', 'test half'],
  ['all', 'all'],
];

/** The delay runs from the last sample of speech, by its level, to the decision. */
export function tableOf({ compared, byQuestion }: Comparison): string {
  const rows: (readonly string[])[] = HALVES.flatMap(([over, title]) =>
    compared.map((one) => rowOf(title, one.name, one.over[over])),
  );
  const asked = Object.entries(byQuestion).map(([kind, figures]) =>
    rowOf(`asked: ${kind}`, 'by the words', figures),
  );
  return lined([HEAD, ...rows, ...asked]);
}

const HEAD = [
  'turns',
  'end of turn',
  'pauses',
  'cut off',
  'share',
  'own pauses cut',
  'elsewhere',
  'ends',
  'median ms',
  'p95 ms',
];

function rowOf(turns: string, name: string, figures: TurnFigures): readonly string[] {
  return [
    turns,
    name,
    `${figures.pauses}`,
    `${figures.cut}`,
    `${(100 * figures.cutShare).toFixed(1)} %`,
    `${figures.ownCut} of ${figures.ownPauses}`,
    `${figures.cutElsewhere}`,
    `${figures.ends}`,
    figures.medianMs.toFixed(0),
    figures.p95Ms.toFixed(0),
  ];
}

/** Text to the left, figures to the right. */
function lined(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return `${rows.map(line).join('\n')}\n`;
}
