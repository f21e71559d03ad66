// The table that a ramp prints: one line per step.
import type { Step } from './figures.ts';

type Cell = readonly [width: number, text: (step: Step) => string];

const whole = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : String(Math.round(value));
const tenths = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(1);
const percent = (share: number | undefined): string =>
  share === undefined ? '-' : `${Math.round(share * 100)}%`;
const joined = (values: readonly string[]): string => values.join('/');

const PROCESSES = ['server', 'vad', 'stt', 'tts', 'simulator'];
const LANES = ['vad', 'stt', 'tts'];

const COLUMNS: Readonly<Record<string, Cell>> = {
  calls: [5, (step) => String(step.calls)],
  turns: [6, (step) => String(step.turns)],
  p50: [6, (step) => whole(step.responseMs.p50)],
  p95: [6, (step) => whole(step.responseMs.p95)],
  p99: [6, (step) => whole(step.responseMs.p99)],
  unans: [6, (step) => String(step.unanswered)],
  lost: [5, (step) => String(step.framesLost)],
  refused: [8, (step) => String(step.refusals)],
  'loop p99': [9, (step) => tenths(step.eventLoopP99Ms.max)],
  'CPU srv/vad/stt/tts/sim': [25, (step) => joined(PROCESSES.map((kind) => percent(step.cpu[kind])))],
  'MB srv/vad/stt/tts': [21, (step) => joined(PROCESSES.slice(0, 4).map((kind) => whole(step.rssMb[kind])))],
  'batch vad/stt/tts': [18, (step) => joined(LANES.map((lane) => tenths(step.batchSize[lane]?.mean)))],
  'wait ms (p95) vad stt tts': [
    31,
    (step) =>
      LANES.map((lane) => {
        const wait = step.laneWaitMs[lane];
        return wait?.mean === null || wait === undefined ? '-' : `${tenths(wait.mean)} (${whole(wait.p95)})`;
      }).join(' '),
  ],
};

export const STEP_HEADER = Object.entries(COLUMNS)
  .map(([name, [width]]) => name.padStart(width))
  .join(' ');

export function stepLine(step: Step): string {
  const cells = Object.values(COLUMNS).map(([width, text]) => text(step).padStart(width));
  const faults = step.good ? '' : `  <- ${step.faults.join(', ')}`;
  return cells.join(' ') + faults;
}
