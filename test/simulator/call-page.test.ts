// The call page: one file, nothing from the network, and no text of the call that could become markup.
import { describe, expect, it } from 'vitest';
import { escapeHtml, MAX_AUDIO_BASE64, renderCallPage, scriptJson } from '../../src/simulator/call-page.ts';
import type { CallReport, Report } from '../../src/simulator/report.ts';

const EVIL = `</script><img src=x onerror="alert('1')">&`;

const call: CallReport = {
  callSid: 'CA1',
  scenario: EVIL,
  outcome: EVIL,
  turns: [
    {
      said: EVIL,
      heard: `heard ${EVIL}`,
      replied: EVIL,
      responseMs: 512,
      bargedIn: true,
      answered: true,
      stagesMs: { [EVIL]: 1 },
      parts: 1,
      startedMs: 61_000,
      spokenMs: 62_000,
      replyStartMs: 62_512,
      replyEndMs: 63_000,
      kind: 'speech',
      silencedMs: null,
    },
  ],
  framesSent: 10,
  framesLost: 0,
  recording: EVIL,
  result: EVIL,
  collected: {},
  agentInitiated: [EVIL],
  announcements: [],
  memoryMb: [],
  endedBy: 'agent',
  durationMs: 64_000,
  maxFrameLateMs: 1,
  marksReturned: 1,
  clears: 0,
  warnings: {},
  counters: {},
  failures: [EVIL],
  ignored: [],
};
const summary: Report['summary'] = {
  calls: 1,
  turns: 1,
  answered: 1,
  responseMs: { p50: 512, p95: 512, p99: 512, max: 512 },
  wer: 0,
  warmupMs: 1,
  firstInferenceMs: 1,
  eventLoopDelayMs: { p99: 1 },
  readyMs: 1,
  framesLost: 0,
  failures: 1,
  bargeInMs: { p50: 0, p95: 0, n: 0 },
  resumedMs: { p50: 0, p95: 0, n: 0 },
  ignored: { n: 0, failed: 0 },
};
const outline = { caller: new Array<number>(10_000).fill(16_384), agent: new Array<number>(10_000).fill(0) };

describe('renderCallPage', () => {
  const page = renderCallPage({ call, summary, outline, audio: new Uint8Array(300).fill(0xff) });

  it('escapes every text of the call', () => {
    expect(page).not.toContain('<img');
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page).toContain(
      'heard &lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;',
    );
  });

  it('asks for nothing outside itself', () => {
    expect(page).not.toMatch(/https?:\/\/|<link|\bsrc=["']|@import|url\(/);
  });

  it('draws at most four thousand columns and names the moments of the turns', () => {
    const json = /<script id="call" type="application\/json">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    const data = JSON.parse(json) as { caller: number[]; durationMs: number; turns: object[] };
    expect(data.durationMs).toBe(200_000);
    expect(data.caller.length).toBeLessThanOrEqual(4_000);
    expect(data.caller[0]).toBe(50);
    expect(data.turns).toEqual([
      { startedMs: 61_000, spokenMs: 62_000, replyStartMs: 62_512, replyEndMs: 63_000, responseMs: 512 },
    ]);
    expect(page).toContain('<td>1:01</td>');
  });

  it('embeds the sound, and leaves it out beyond its bound', () => {
    expect(page).toContain(`<script id="sound" type="text/plain">${'/'.repeat(400)}</script>`);
    const bytes = Math.ceil((MAX_AUDIO_BASE64 / 4) * 3) + 3;
    const long = renderCallPage({ call, summary, outline, audio: new Uint8Array(bytes) });
    expect(long).toContain('<script id="sound" type="text/plain"></script>');
    expect(long).toContain('disabled');
    expect(long.length).toBeLessThan(200_000);
  });
});

describe('escaping', () => {
  it('leaves no character that ends text, an attribute or a script', () => {
    expect(escapeHtml(`<>&"'`)).toBe('&lt;&gt;&amp;&quot;&#39;');
    const text = `</script><!--\u2028&`;
    expect(scriptJson(text)).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(scriptJson(text))).toBe(text);
  });
});
