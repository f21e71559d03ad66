// The page of a capacity run: response time and CPU over the number of calls, drawn as plain SVG.
import type { Capacity, Step } from './figures.ts';
import { RESPONSE_LIMIT_MS } from './run-step.ts';

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** A line across, such as a limit. */
  readonly limit: number | null;
  /** Nothing above is drawn. */
  readonly most: number;
}

const SIZE = { width: 860, height: 340, left: 64, right: 150, top: 16, bottom: 40 };
/** Colours of Okabe and Ito, which the colour-blind can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];
const PROCESSES = ['server', 'vad', 'stt', 'tts', 'simulator'];

export function capacityPage(capacity: Capacity): string {
  const { machine, knee, load, unshared } = capacity;
  const facts = [
    `${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memoryMb / 1024)} GB, Node ${machine.node}`,
    `Callers: ${load.clips} clips (${load.callers}), seed ${load.seed}, ${load.stepS} s a step, on the same machine`,
    `Knee: ${knee.reached ? '' : 'at least '}${knee.calls} calls, p95 ${knee.p95Ms ?? '-'} ms`,
    ...(unshared === null
      ? []
      : [`One session per call: ${unshared.knee.calls} calls; ratio ${capacity.ratio ?? '-'}`]),
    `Memory per extra call: ${capacity.perCallRssMb ?? '-'} MB`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Parley: capacity</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 880px; padding: 0 1rem; color: #222 }
svg { width: 100%; height: auto } table { border-collapse: collapse; font-size: 13px }
th, td { padding: 2px 8px; text-align: right; border-bottom: 1px solid #ddd } .bad td { color: #a00 }
svg text { font: 12px system-ui, sans-serif; fill: #444 }
</style></head><body>
<h1>How many calls this machine carries</h1>
<ul>${facts.map((fact) => `<li>${escape(fact)}</li>`).join('')}</ul>
${drawChart(responseChart(capacity))}
${drawChart(cpuChart(capacity.steps))}
${table('Shared models', capacity.steps)}
${unshared === null ? '' : table('One session per call', unshared.steps)}
</body></html>
`;
}

function responseChart({ steps, unshared }: Capacity): Chart {
  const pick = (of: readonly Step[], share: 'p50' | 'p95'): Series['points'] =>
    byCalls(of).flatMap(({ calls, responseMs }) => {
      const y = responseMs[share];
      return y === null ? [] : [{ x: calls, y }];
    });
  const other = unshared?.steps ?? [];
  const series: Series[] = [
    { name: 'p50', colour: COLOURS[0] ?? '', points: pick(steps, 'p50') },
    { name: 'p95', colour: COLOURS[1] ?? '', points: pick(steps, 'p95') },
    { name: 'p50 unshared', colour: COLOURS[0] ?? '', dashed: true, points: pick(other, 'p50') },
    { name: 'p95 unshared', colour: COLOURS[1] ?? '', dashed: true, points: pick(other, 'p95') },
  ];
  return {
    title: 'Response time over calls',
    unit: 'ms',
    series,
    limit: RESPONSE_LIMIT_MS,
    most: 3 * RESPONSE_LIMIT_MS,
  };
}

function cpuChart(steps: readonly Step[]): Chart {
  const series = PROCESSES.map((kind, index) => ({
    name: kind,
    colour: COLOURS[index] ?? '#000',
    points: byCalls(steps).flatMap(({ calls, cpu }) => {
      const share = cpu[kind];
      return share === undefined ? [] : [{ x: calls, y: share * 100 }];
    }),
  }));
  return { title: 'CPU over calls', unit: '% of a core', series, limit: null, most: Infinity };
}

const byCalls = (steps: readonly Step[]): readonly Step[] => steps.toSorted((a, b) => a.calls - b.calls);

function drawChart({ title, unit, series, limit, most }: Chart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  const maxX = Math.max(1, ...all.map(({ x }) => x));
  const maxY = Math.min(most, Math.max(1, limit ?? 0, ...all.map(({ y }) => y)) * 1.05);
  const { width, height, left, right, top, bottom } = SIZE;
  const px = (x: number): string => (left + (x / maxX) * (width - left - right)).toFixed(1);
  const py = (y: number): string =>
    (height - bottom - (Math.min(y, maxY) / maxY) * (height - top - bottom)).toFixed(1);
  const ticks = (max: number): readonly number[] => {
    const rough = max / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const size = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
    return Array.from({ length: Math.floor(max / size) + 1 }, (_, index) => index * size);
  };
  const grid = [
    ...ticks(maxY).map(
      (y) =>
        `<line x1="${left}" x2="${width - right}" y1="${py(y)}" y2="${py(y)}" stroke="#eee"/>` +
        `<text x="${left - 6}" y="${py(y)}" text-anchor="end" dominant-baseline="middle">${label(y)}</text>`,
    ),
    ...ticks(maxX).map(
      (x) => `<text x="${px(x)}" y="${height - bottom + 18}" text-anchor="middle">${label(x)}</text>`,
    ),
  ];
  const limitLine =
    limit === null
      ? ''
      : `<line x1="${left}" x2="${width - right}" y1="${py(limit)}" y2="${py(limit)}" stroke="#a00" stroke-dasharray="2 4"/>`;
  const lines = drawn.map(({ points, colour, dashed }, index) => {
    const path = points.map(({ x, y }) => `${px(x)},${py(y)}`).join(' ');
    const dash = dashed === true ? ' stroke-dasharray="6 4"' : '';
    const dots = points.map(({ x, y }) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${colour}"/>`);
    const legendY = top + 12 + index * 20;
    return (
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots.join('')}` +
      `<line x1="${width - right + 12}" x2="${width - right + 36}" y1="${legendY}" y2="${legendY}" stroke="${colour}" stroke-width="2"${dash}/>` +
      `<text x="${width - right + 42}" y="${legendY}" dominant-baseline="middle">${escape(drawn[index]?.name ?? '')}</text>`
    );
  });
  return `<h2>${escape(title)} (${escape(unit)})</h2>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">${grid.join('')}${limitLine}${lines.join('')}
<text x="${(left + width - right) / 2}" y="${height - 4}" text-anchor="middle">calls at a time</text></svg>`;
}

const label = (value: number): string => String(Number(value.toFixed(6)));

function table(title: string, steps: readonly Step[]): string {
  const head = [
    'calls',
    'turns',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'unanswered',
    'frames lost',
    'loop p99 ms',
    'refused',
    'faults',
  ];
  const rows = byCalls(steps).map((step) => {
    const { p50, p95, p99 } = step.responseMs;
    const cells = [
      step.calls,
      step.turns,
      p50,
      p95,
      p99,
      step.unanswered,
      step.framesLost,
      step.eventLoopP99Ms.max,
      step.refusals,
      step.faults.join(', '),
    ];
    return `<tr${step.good ? '' : ' class="bad"'}>${cells.map((cell) => `<td>${cell ?? '-'}</td>`).join('')}</tr>`;
  });
  return `<h2>${escape(title)}</h2><table><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
