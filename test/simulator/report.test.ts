// The report: its schema, percentiles, lost frames, and every kind of failure.
import { describe, expect, it } from 'vitest';
import type { CallResult } from '../../src/simulator/call-result.ts';
import { containsPattern } from '../../src/simulator/patterns.ts';
import { buildReport, framesLost, percentilesOf, reportSchema } from '../../src/simulator/report.ts';
import { scenarioSchema } from '../../src/simulator/scenario.ts';

const scenario = {
  ...scenarioSchema.parse({
    name: 'a',
    steps: [{ say: 'one' }],
    expect: { result: 'booked', lastReply: ['four p.m.'], collected: { date: 'november' } },
  }),
  folder: '.',
};

function resultWith(changes: Partial<CallResult> = {}): CallResult {
  return {
    callSid: 'CA1',
    scenario,
    stream: {
      endedBy: 'agent',
      closeCode: 1000,
      framesSent: 500,
      framesAtClose: 5,
      framesDropped: 0,
      maxLateMs: 1.234,
      marksReturned: 3,
      clears: 0,
      audioReceivedMs: 900,
      warnings: {},
      durationMs: 10_000,
    },
    utterances: [
      {
        kind: 'speech',
        step: 0,
        said: 'one',
        expect: ['four'],
        interrupts: false,
        startedMs: 1_000,
        onsetMs: 980,
        spokenMs: 2_000,
      },
    ],
    spurts: [{ startMs: 2_512.5, endMs: 3_000 }],
    clearsMs: [],
    stepsLeft: 0,
    announcements: [],
    transfers: [],
    memoryMb: [],
    record: {
      callSid: 'CA1',
      agent: 'front-desk',
      state: 'ended',
      outcome: 'completed',
      result: 'booked',
      collected: { date: 'Wednesday, November third' },
      turns: [
        { heard: null, replied: 'Hello.', stagesMs: null, bargedIn: false },
        { heard: 'One.', replied: 'At four p.m., goodbye.', stagesMs: { stt: 12 }, bargedIn: false },
      ],
      counters: { framesReceived: 498, windowsJudged: 311 },
    },
    problems: [],
    outline: { caller: [], agent: [] },
    recording: 'call.wav',
    ...changes,
  };
}

const failuresOf = (changes: Partial<CallResult>): string =>
  buildReport([resultWith(changes)], { readyMs: null, status: null }).calls[0]!.failures.join('\n');

describe('buildReport', () => {
  it('follows the schema and passes a good call', () => {
    const report = buildReport([resultWith()], {
      readyMs: 6_500.4,
      status: { warmupMs: 3_000.2, firstInferenceMs: 41.7, eventLoopDelayMs: { p50: 1, p99: 5, max: 9 } },
    });
    expect(reportSchema.parse(report)).toEqual(report);
    expect(report.calls[0]?.failures).toEqual([]);
    expect(Object.keys(report.calls[0]!).slice(0, 7)).toEqual([
      'callSid',
      'scenario',
      'outcome',
      'turns',
      'framesSent',
      'framesLost',
      'recording',
    ]);
    expect(Object.keys(report.calls[0]!.turns[0]!).slice(0, 5)).toEqual([
      'said',
      'heard',
      'replied',
      'responseMs',
      'bargedIn',
    ]);
    expect(report.summary).toMatchObject({
      calls: 1,
      turns: 1,
      answered: 1,
      responseMs: { p50: 513, p95: 513, p99: 513, max: 513 },
      wer: 0,
      warmupMs: 3000,
      firstInferenceMs: 42,
      readyMs: 6500,
      eventLoopDelayMs: { p99: 5 },
    });
  });

  it.each<[string, Partial<CallResult>, string]>([
    ['an unanswered turn', { spurts: [] }, 'Step 1 ("one") was not answered.'],
    ['steps left over', { stepsLeft: 2 }, "2 of the caller's steps still to come"],
    ['a problem', { problems: ['The server has no record of the call.'] }, 'no record'],
    ['no record', { record: null }, 'result "" does not contain booked'],
    [
      'moments out of order',
      { utterances: [{ ...resultWith().utterances[0]!, startedMs: 2_500 }] },
      'not in order',
    ],
  ])('fails a call for %s', (_name, changes, failure) => {
    expect(failuresOf(changes)).toContain(failure);
  });

  it('counts keys and silences as turns, keeps them out of response times, and sounds out of the turns', () => {
    const [one] = resultWith().utterances;
    const made = (kind: 'keys' | 'silence' | 'ignored', at: number, said: string | null = null) => ({
      ...one!,
      kind,
      said,
      expect: [],
      startedMs: at,
      onsetMs: at,
      spokenMs: at,
    });
    const record = resultWith().record!;
    const result = resultWith({
      utterances: [one!, made('ignored', 3_500), made('keys', 4_000, '42#'), made('silence', 6_000)],
      spurts: [
        { startMs: 2_512.5, endMs: 3_000 },
        { startMs: 5_000, endMs: 5_500 },
        { startMs: 8_000, endMs: 8_500 },
      ],
      record: {
        ...record,
        turns: [
          ...record.turns,
          { heard: '42', replied: 'Forty two.', stagesMs: null, bargedIn: false },
          { heard: null, replied: 'At four p.m., are you there?', stagesMs: null, bargedIn: false },
        ],
      },
    });
    const report = buildReport([result], { readyMs: null, status: null });
    expect(reportSchema.parse(report)).toEqual(report);
    expect(report.calls[0]?.failures).toEqual([]);
    expect(
      report.calls[0]?.turns.map(({ kind, heard, replied, responseMs }) => [
        kind,
        heard,
        replied,
        responseMs,
      ]),
    ).toEqual([
      ['speech', 'One.', 'At four p.m., goodbye.', 513],
      ['keys', '42', 'Forty two.', 1_000],
      ['silence', '', 'At four p.m., are you there?', null],
    ]);
    expect(report.calls[0]?.ignored).toEqual([
      { said: null, startedMs: 3_500, heard: null, pausedMs: null, faults: [] },
    ]);
    expect(report.summary).toMatchObject({
      turns: 3,
      answered: 3,
      responseMs: { p50: 513, max: 513 },
      wer: 0,
      bargeInMs: { p50: 0, p95: 0, n: 0 },
      ignored: { n: 1, failed: 0 },
    });
  });

  it('sums up barge-ins and the holes in replies that went on', () => {
    const [one] = resultWith().utterances;
    const record = resultWith().record!;
    const [greeting, answer] = record.turns;
    const over = { ...one!, expect: [], interrupts: true };
    const result = resultWith({
      utterances: [
        one!,
        { ...over, kind: 'ignored', said: 'mm-hm', startedMs: 2_700, onsetMs: 2_700, spokenMs: 2_800 },
        { ...over, said: 'stop', startedMs: 3_600, onsetMs: 3_600, spokenMs: 4_000 },
      ],
      spurts: [
        { startMs: 2_512.5, endMs: 2_900 },
        { startMs: 3_250, endMs: 3_850 },
        { startMs: 4_500, endMs: 4_900 },
      ],
      clearsMs: [2_901, 3_851],
      record: {
        ...record,
        turns: [
          greeting!,
          { ...answer!, bargedIn: false },
          { heard: 'stop', replied: 'At four p.m.', stagesMs: null, bargedIn: false },
        ],
      },
    });
    const heldUp = {
      ...result,
      record: {
        ...result.record!,
        turns: result.record!.turns.map((turn, index) => ({ ...turn, bargedIn: index === 1 })),
      },
    };
    const held = buildReport([heldUp], { readyMs: null, status: null });
    expect(held.calls[0]?.turns.map(({ silencedMs }) => silencedMs)).toEqual([null, 250]);
    expect(held.summary.bargeInMs).toEqual({ p50: 250, p95: 250, n: 1 });
    expect(held.calls[0]?.ignored[0]).toMatchObject({ pausedMs: 350, faults: [] });
    expect(held.summary.resumedMs).toEqual({ p50: 350, p95: 350, n: 1 });
    const report = buildReport([result], { readyMs: null, status: null });
    expect(report.summary.bargeInMs).toEqual({ p50: 0, p95: 0, n: 0 });
    // A reply that the sound ended has no hole: what is heard next is another one.
    const ended = heldUp.record.turns.filter(({ heard }) => heard !== 'stop');
    const [listened, sound] = heldUp.utterances;
    const cut = buildReport(
      [{ ...heldUp, utterances: [listened!, sound!], record: { ...heldUp.record, turns: ended } }],
      { readyMs: null, status: null },
    );
    expect(cut.calls[0]?.ignored[0]).toMatchObject({
      pausedMs: null,
      faults: [expect.stringMatching('ended the reply')],
    });
    expect(cut.summary.resumedMs.n).toBe(0);
    expect(report.calls[0]?.ignored[0]).toMatchObject({ said: 'mm-hm', pausedMs: 350, faults: [] });
  });

  it('fails a call for keys and silences without an answer and for a sound that was taken for a turn', () => {
    const [one] = resultWith().utterances;
    const at = { startedMs: 4_000, onsetMs: 4_000, spokenMs: 4_000, expect: [] };
    const record = resultWith().record!;
    const stray = { heard: 'the', replied: 'At four p.m.?', stagesMs: null, bargedIn: false };
    const failures = failuresOf({
      utterances: [
        one!,
        { ...one!, ...at, kind: 'ignored', step: 1, said: null },
        { ...one!, ...at, kind: 'keys', step: 2, said: '7', startedMs: 9_000, spokenMs: 9_000 },
        { ...one!, ...at, kind: 'silence', step: 3, said: null, startedMs: 9_500, spokenMs: 9_500 },
      ],
      spurts: [
        { startMs: 2_512.5, endMs: 3_000 },
        { startMs: 4_600, endMs: 5_000 },
      ],
      record: { ...record, turns: [...record.turns, stray] },
    });
    expect(failures.split('\n')).toEqual([
      'Step 3 ("7") was not answered.',
      'Step 4 ("silence") was not answered.',
      'Step 2 ("a sound") became a turn: "the".',
      'Step 2 ("a sound") was answered 600 ms after it began.',
    ]);
  });

  it('fails a call for each expectation that is not met', () => {
    const record = resultWith().record!;
    const failures = failuresOf({
      record: {
        ...record,
        result: 'completed',
        collected: {},
        turns: [{ heard: 'one', replied: 'Bye.', stagesMs: null, bargedIn: false }],
      },
    });
    expect(failures.split('\n')).toEqual([
      'Step 1 ("one"): the reply "Bye." does not contain four.',
      'The conversation\'s result "completed" does not contain booked.',
      'The last reply "Bye." does not contain four p.m..',
      'Collected date "" does not contain november.',
    ]);
  });
});

describe('framesLost', () => {
  const stream = { framesSent: 1_000, framesAtClose: 0, framesDropped: 0 };

  it.each([
    ['nothing', stream, { framesReceived: 1_000, windowsJudged: 625 }, 0],
    ['frames that were not received', stream, { framesReceived: 990, windowsJudged: 618 }, 10],
    [
      'frames that crossed the close',
      { ...stream, framesAtClose: 5 },
      { framesReceived: 996, windowsJudged: 620 },
      0,
    ],
    [
      'frames that were dropped',
      { ...stream, framesDropped: 7 },
      { framesReceived: 1_000, windowsJudged: 625 },
      7,
    ],
    ['windows in flight at the end', stream, { framesReceived: 1_000, windowsJudged: 610 }, 0],
    ['windows that were not judged', stream, { framesReceived: 1_000, windowsJudged: 509 }, 160],
    ['a server without counters', stream, {}, 1_000],
  ])('counts %s', (_name, sent, counters, lost) => {
    expect(framesLost(sent, counters)).toBe(lost);
  });
});

describe('percentilesOf', () => {
  it('takes the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
    expect(percentilesOf([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
  });
});

describe('containsPattern', () => {
  it.each([
    ['You are  booked\nfor four P.M.', 'booked for FOUR p.m.', true],
    ['abc', 'abd', false],
    ['Total: 42', '/\\b4\\d$/', true],
    ['ABC', '/abc/', false],
    ['ABC', '/abc/i', true],
  ])('looks in %j for %s', (text, pattern, found) => {
    expect(containsPattern(text, pattern)).toBe(found);
  });
});
