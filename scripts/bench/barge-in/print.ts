// The barge-in bench's figures as a table, with the clips that went wrong below it.
import { RESUME_WITHIN_MS, type BargeInFigures, type OverVoiceFigures, type Times } from './figures.ts';

const MOST_NAMED = 12;

export function bargeInTable({ overVoice, openLine }: BargeInFigures): string[] {
  const row = (name: string, one: OverVoiceFigures): string =>
    [
      name.padEnd(22),
      String(one.n).padStart(5),
      shareOf(one.paused, one.n),
      shareOf(one.ended, one.n),
      times(one.silentMs),
      times(one.pauseMs),
      shareOf(one.resumedInTime, one.pauseMs.n),
    ].join('  ');
  const head = [
    'over the voice'.padEnd(22),
    'clips'.padStart(5),
    'reply cleared'.padStart(15),
    'reply ended'.padStart(15),
    'silent after'.padStart(15),
    'pause'.padStart(15),
    `back in ${RESUME_WITHIN_MS} ms`.padStart(15),
  ].join('  ');
  return [
    head,
    row('speech', overVoice.speech),
    row('signs of listening', overVoice.signs),
    row('  of people', overVoice['recorded-sign']),
    row("  of Flite's voices", overVoice['spoken-sign']),
    row('noise, music, tones', overVoice.noise),
    '',
    `Noise on the open line: ${openLine.n} clips, turns started: ${shareOf(openLine.started, openLine.n).trim()}`,
    "(times in ms: median / 95th percentile; silent after: from the clip's first sound to the agent's last one)",
    ...named('Replies ended by signs of listening', overVoice.signs.endedBy),
    ...named('Replies ended by noise', overVoice.noise.endedBy),
    ...named('Turns started by noise', openLine.startedBy),
  ];
}

function named(
  title: string,
  clips: readonly { readonly name: string; readonly heard: string | null }[],
): string[] {
  if (clips.length === 0) return [];
  const lines = clips
    .slice(0, MOST_NAMED)
    .map(({ name, heard }) => `  ${name}: ${JSON.stringify(heard ?? '')}`);
  const more = clips.length > MOST_NAMED ? [`  and ${clips.length - MOST_NAMED} more`] : [];
  return ['', title, ...lines, ...more];
}

const times = ({ p50, p95 }: Times): string => `${p50 ?? '-'} / ${p95 ?? '-'}`.padStart(15);

function shareOf(count: number, n: number): string {
  const percent = n === 0 ? '-' : `${((100 * count) / n).toFixed(1)} %`;
  return `${count} (${percent})`.padStart(15);
}
