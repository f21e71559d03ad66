// The tables of `npm run bench:turns`.
import type { Comparison } from './compare.ts';
import type { PauseFigures, TurnFigures } from './figures.ts';

/** The delay runs from the last sample of speech, by its level, to the decision. */
export function tableOf({ compared, byQuestion }: Comparison): string {
  const rows = compared.map(({ name, figures }) => rowOf('all', name, figures));
  const asked = Object.entries(byQuestion).map(([kind, figures]) =>
    rowOf(`asked: ${kind}`, 'by what was heard', figures),
  );
  return lined([HEAD, ...rows, ...asked]);
}

const HEAD = [
  'turns',
  'end of turn',
  'pauses',
  'cut off',
  'share',
  'made',
  'joined',
  'own',
  'elsewhere',
  'ends',
  'median ms',
  'p95 ms',
];

function rowOf(turns: string, name: string, figures: TurnFigures): readonly string[] {
  const { made, joined, own } = figures.byKind;
  return [
    turns,
    name,
    `${figures.pauses}`,
    `${figures.cut}`,
    `${(100 * figures.cutShare).toFixed(1)} %`,
    ...[made, joined, own].map(cutOf),
    `${figures.cutElsewhere}`,
    `${figures.ends}`,
    figures.medianMs.toFixed(0),
    figures.p95Ms.toFixed(0),
  ];
}

const cutOf = ({ cut, pauses }: PauseFigures): string => `${cut} of ${pauses}`;

/** Text to the left, figures to the right. */
function lined(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return `${rows.map(line).join('\n')}\n`;
}
