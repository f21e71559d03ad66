// Makes one call into one HTML page that needs nothing else: waveforms, turns, latencies, sound.
import { CALL_PAGE_SCRIPT } from './call-page-script.ts';
import { CALL_PAGE_STYLE } from './call-page-style.ts';
import type { Outline } from './recording.ts';
import type { CallReport, Report } from './report.ts';

export interface CallPage {
  readonly call: CallReport;
  readonly summary: Report['summary'];
  readonly outline: Outline;
  /** Both sides as mu-law, caller and agent alternating, 8 kHz; null leaves the sound out. */
  readonly audio: Uint8Array | null;
}

/** More base64 than this makes a page that phones do not open; the sound then stays in the WAV file. */
export const MAX_AUDIO_BASE64 = 6_000_000;
const MAX_COLUMNS = 4_000;
const FRAME_MS = 20;

/** `text` as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON that may stand inside a script element: no character in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

export function renderCallPage(page: CallPage): string {
  const { call, summary, outline } = page;
  const audio = page.audio === null ? '' : Buffer.from(page.audio).toString('base64');
  const sound = audio !== '' && audio.length <= MAX_AUDIO_BASE64 ? audio : null;
  const durationMs = outline.caller.length * FRAME_MS;
  const data = {
    durationMs,
    caller: columns(outline.caller),
    agent: columns(outline.agent),
    turns: call.turns.map(({ startedMs, spokenMs, replyStartMs, replyEndMs, responseMs }) => ({
      startedMs,
      spokenMs,
      replyStartMs,
      replyEndMs,
      responseMs,
    })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Call ${escapeHtml(call.scenario)}</title>
<style>${CALL_PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(call.scenario)}</h1>
<p class="facts">${facts(call, summary).map(escapeHtml).join(' · ')}</p>
${failures(call)}
</header>
<section class="player">
<button id="play" type="button"${sound === null ? ' disabled' : ''}>Play</button>
<output id="clock">0:00 / ${clock(durationMs)}</output>
${sound === null ? '<span class="note">The call is too long to embed its sound; it is in the WAV file.</span>' : ''}
</section>
<div id="scroll"><canvas id="wave" role="img" aria-label="Waveform: caller above, agent below"></canvas></div>
<p class="legend"><i class="caller"></i>caller <i class="agent"></i>agent <i class="gap"></i>caller's last sound to the agent's first</p>
<table>
<thead><tr><th>#</th><th>at</th><th>caller</th><th>agent</th><th>response</th><th>stages</th></tr></thead>
<tbody>
${rows(call)}
</tbody>
</table>
<script id="call" type="application/json">${scriptJson(data)}</script>
<script id="sound" type="text/plain">${sound ?? ''}</script>
<script>${CALL_PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function facts(call: CallReport, summary: Report['summary']): readonly string[] {
  const { p50, p95 } = summary.responseMs;
  const answered = call.turns.filter((turn) => turn.answered).length;
  return [
    call.callSid,
    `outcome ${call.outcome}${call.result === null ? '' : ` (${call.result})`}`,
    `${answered} of ${call.turns.length} turns answered`,
    `response p50 ${p50} ms, p95 ${p95} ms`,
    ...(summary.wer === null ? [] : [`word error rate ${(summary.wer * 100).toFixed(1)} %`]),
    `${call.framesSent} frames sent, ${call.framesLost} lost`,
  ];
}

function failures(call: CallReport): string {
  if (call.failures.length === 0) return '';
  return `<ul class="failures">${call.failures.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
}

function rows(call: CallReport): string {
  const greeting = call.agentInitiated[0];
  const first =
    greeting === undefined
      ? ''
      : `<tr><td></td><td>0:00</td><td></td><td>${escapeHtml(greeting)}</td><td></td><td></td></tr>\n`;
  return first + call.turns.map(row).join('\n');
}

function row(turn: CallReport['turns'][number], index: number): string {
  const said = turn.said !== null && turn.said !== turn.heard;
  const caller = escapeHtml(turn.heard) + (said ? `<small>said: ${escapeHtml(turn.said ?? '')}</small>` : '');
  const agent = escapeHtml(turn.replied) + (turn.bargedIn ? ' <small>interrupted</small>' : '');
  // Nobody had asked before the agent broke a silence, so there is no time to tell.
  const untimed = turn.kind === 'silence' ? 'prompt' : 'early';
  const response = turn.responseMs === null ? (turn.answered ? untimed : 'none') : `${turn.responseMs} ms`;
  const stages = Object.entries(turn.stagesMs ?? {}).map(([name, value]) => `${name} ${Math.round(value)}`);
  return `<tr data-at="${turn.startedMs}"><td>${index + 1}</td><td>${clock(turn.startedMs)}</td><td>${caller}</td><td>${agent}</td><td>${escapeHtml(response)}</td><td class="stages">${escapeHtml(stages.join(', '))}</td></tr>`;
}

function clock(atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The outline in at most MAX_COLUMNS columns of 0 to 100. */
function columns(peaks: readonly number[]): readonly number[] {
  const width = Math.max(1, Math.ceil(peaks.length / MAX_COLUMNS));
  const out: number[] = [];
  for (let at = 0; at < peaks.length; at += width) {
    const loudest = peaks.slice(at, at + width).reduce((most, peak) => Math.max(most, peak), 0);
    out.push(Math.round((loudest / 32768) * 100));
  }
  return out;
}
