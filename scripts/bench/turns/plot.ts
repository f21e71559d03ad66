// Draws false cut-offs against the median delay as an SVG.
import type { Comparison, CurvePoint } from './compare.ts';

const WIDTH = 720;
const HEIGHT = 440;
const MARGIN = { left: 64, right: 24, top: 24, bottom: 56 };
const MOST_DELAY_MS = 1_600;
/** What was asked for: at most 5 % of the pauses, at most 700 ms. */
const BOUND = { cutShare: 0.05, delayMs: 700 };

const SERIES = [
  { of: 'fixed', name: 'fixed silence, 200 to 1,600 ms', colour: '#888888' },
  { of: 'words', name: 'by what was heard, waits times 0.3 to 2', colour: '#0b6bcb' },
] as const;

export function plotOf({ compared, curves }: Comparison): string {
  const now = compared.find(({ waiting }) => waiting.kind === 'words')?.figures;
  const lines = SERIES.map(({ of, colour }) => curveOf(curves[of], colour));
  const legend = SERIES.map(
    ({ name, colour }, i) =>
      `<text x="${WIDTH - 260}" y="${MARGIN.top + 20 + 18 * i}" fill="${colour}">${name}</text>`,
  );
  const here =
    now === undefined
      ? []
      : [`<circle cx="${x(now.medianMs)}" cy="${y(now.cutShare)}" r="6" fill="#0b6bcb"/>`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<rect x="${x(0)}" y="${y(BOUND.cutShare)}" width="${x(BOUND.delayMs) - x(0)}" height="${y(0) - y(BOUND.cutShare)}" fill="#e3f2e1"/>`,
    ...axes(),
    ...lines,
    ...here,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function x(delayMs: number): number {
  const span = WIDTH - MARGIN.left - MARGIN.right;
  return round(MARGIN.left + (span * Math.min(delayMs, MOST_DELAY_MS)) / MOST_DELAY_MS);
}

function y(share: number): number {
  return round(HEIGHT - MARGIN.bottom - (HEIGHT - MARGIN.top - MARGIN.bottom) * share);
}

function curveOf(points: readonly CurvePoint[], colour: string): string {
  const path = points.map(({ medianMs, cutShare }) => `${x(medianMs)},${y(cutShare)}`).join(' ');
  const dots = points.map(
    ({ medianMs, cutShare }) => `<circle cx="${x(medianMs)}" cy="${y(cutShare)}" r="2.5" fill="${colour}"/>`,
  );
  return [`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`, ...dots].join(
    '\n',
  );
}

function axes(): string[] {
  const delays = [0, 200, 400, 600, 800, 1_000, 1_200, 1_400, 1_600];
  const shares = [0, 0.05, 0.2, 0.4, 0.6, 0.8, 1];
  return [
    `<path d="M${x(0)} ${y(1)}V${y(0)}H${x(MOST_DELAY_MS)}" fill="none" stroke="black"/>`,
    ...delays.map((ms) => `<text x="${x(ms)}" y="${y(0) + 18}" text-anchor="middle">${ms}</text>`),
    ...shares.map(
      (share) => `<text x="${x(0) - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
    ),
    `<text x="${x(MOST_DELAY_MS / 2)}" y="${HEIGHT - 12}" text-anchor="middle">median delay after the true end, ms</text>`,
    `<text x="16" y="${y(0.5)}" transform="rotate(-90 16 ${y(0.5)})" text-anchor="middle">pauses taken for the end</text>`,
  ];
}

const round = (value: number): number => Math.round(value * 10) / 10;
