// Prints the calls of recorded people as they end, and the figures at the end.
import { print } from '../capacity/program.ts';
import { BOUNDS_MS, keepsBounds, reportOf, type MadeCall, type PeopleFigures } from './figures.ts';
import type { HeardLines } from './hearing.ts';
import type { Stages } from './slow-turns.ts';

export function printHeard({ right, wrongly }: HeardLines): void {
  print(
    `${right.length} recorded answers are heard rightly, ${wrongly.length} wrongly: those are left out, for they`,
  );
  print('lead a call astray where a person would say it again. bench:accuracy measures them.');
}

export function printCall({ agent, result }: MadeCall): void {
  const call = reportOf([{ agent, result }]).calls[0];
  print('');
  print(`${result.scenario.name}: ${call?.result ?? call?.outcome ?? 'no call'}`);
  for (const turn of call?.turns ?? []) {
    const early = turn.answered ? 'early' : 'unanswered';
    const time = turn.responseMs === null ? early : `${turn.responseMs} ms`;
    const said = turn.said === turn.heard ? '' : `   [said: ${turn.said ?? ''}]`;
    print(`  ${time.padStart(10)}  ${turn.heard}${said}`);
  }
  for (const failure of call?.failures ?? []) print(`              ! ${failure}`);
}

export function printFigures(figures: PeopleFigures): void {
  const { agents, questions, astray, statements, heardWrongly, load } = figures;
  print('');
  print(`${'agent'.padEnd(22)} calls  answered   early   p50 ms   p95 ms     n     WER`);
  const rows = [
    ...Object.entries(agents),
    ['question was asked', questions],
    ['asked something else', astray],
    ['all statements', statements],
  ] as const;
  for (const [name, { calls, turns, answered, early, responseMs, wer }] of rows) {
    const cells = [
      String(calls).padStart(5),
      `${answered} of ${turns}`.padStart(9),
      String(early).padStart(7),
      String(responseMs.p50).padStart(8),
      String(responseMs.p95).padStart(8),
      String(responseMs.n).padStart(5),
      (wer === null ? '-' : `${(wer * 100).toFixed(1)} %`).padStart(7),
    ];
    print(`${name.padEnd(22)} ${cells.join(' ')}`);
  }
  printStages(figures);
  print('');
  print(`Left out          ${heardWrongly.length} recorded answers that are heard wrongly (bench:accuracy)`);
  print(`Load              ${load.before.toFixed(1)} before the calls, ${load.after.toFixed(1)} after them`);
  print(
    `Bounds            questions p50 <= ${BOUNDS_MS.p50} ms, p95 <= ${BOUNDS_MS.p95} ms, all answered: ${keepsBounds(figures) ? 'kept' : 'not kept'}`,
  );
}

function printStages({ stagesMs, slow }: PeopleFigures): void {
  print('');
  print('Stages of the answers to questions, p50 / p95 ms');
  print(
    `  ${Object.entries(stagesMs)
      .map(([name, { p50, p95 }]) => `${name} ${p50} / ${p95}`)
      .join('   ')}`,
  );
  if (slow.length === 0) return;
  print('');
  print(`Slower than ${BOUNDS_MS.p95} ms`);
  for (const { call, heard, responseMs, parts, stagesMs: stages, slowest } of slow) {
    const most = slowest === null ? 'no record' : `${slowest.stage} +${slowest.beyondMedianMs}`;
    const split = parts > 1 ? `, in ${parts} parts` : '';
    print(`  ${`${responseMs} ms`.padStart(10)}  ${call}: ${heard}${split}`);
    print(`              ${most} ms to its median; ${stageList(stages)}`);
  }
}

const stageList = (stages: Stages): string =>
  Object.entries(stages)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
