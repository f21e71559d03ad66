// The barge-in bench: its flags, which clips it takes, what it hears on the line, when its caller speaks, what it counts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentLine } from '../../scripts/bench/barge-in/agent-line.ts';
import { BARGE_IN_JSON, bargeInOptions } from '../../scripts/bench/barge-in/arguments.ts';
import {
  clipFor,
  kindOf,
  loadProbeClips,
  spread,
  type ProbeClip,
} from '../../scripts/bench/barge-in/clips.ts';
import { bargeInFigures, type OverVoice } from '../../scripts/bench/barge-in/figures.ts';
import { speechOnset } from '../../scripts/bench/barge-in/onset.ts';
import { bargeInTable } from '../../scripts/bench/barge-in/print.ts';
import { ProbeCaller, type ProbeDone, type ProbePlace } from '../../scripts/bench/barge-in/probe-caller.ts';
import { ArgumentError } from '../../scripts/bench/capacity/arguments.ts';
import { seededRandom } from '../../scripts/bench/capacity/random.ts';
import { clipOf } from '../../src/simulator/caller-line.ts';

const FRAME = 160;
const loud = (samples: number): Int16Array =>
  Int16Array.from({ length: samples }, (_, i) => (i % 2 === 0 ? 8_000 : -8_000));
const silence = (samples: number): Int16Array => new Int16Array(samples);
const joined = (...parts: readonly Int16Array[]): Int16Array =>
  Int16Array.from(parts.flatMap((part) => Array.from(part)));

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(bargeInOptions([])).toMatchObject({ limit: Infinity, calls: 4, seed: 1, json: BARGE_IN_JSON });
    expect(
      bargeInOptions(['dir', '--limit', '3', '--calls', '4', '--seed', '0', '--json', 'x.json']),
    ).toEqual({
      folder: 'dir',
      limit: 3,
      calls: 4,
      seed: 0,
      json: 'x.json',
    });
    expect(bargeInOptions(['--help'])).toBeNull();
  });

  it.each([
    [['a', 'b'], /found 2 folders, expected one/i],
    [['--limit', '0'], /--limit 0: expected a whole number from 1/],
    [['--limit', ''], /--limit : expected/],
    [['--calls', '17'], /--calls 17: expected a whole number from 1 to 16/],
    [['--seed', '1.5'], /--seed 1.5: expected/],
    [['--json', ''], /--json: nothing was given/],
    [['--loud'], /--loud/],
  ])('refuses %j', (args, message) => {
    expect(() => bargeInOptions(args)).toThrow(ArgumentError);
    expect(() => bargeInOptions(args)).toThrow(message);
  });
});

describe('clips', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-barge-in-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['noise', '', '9', 'noise'],
    ['noise (generated)', '', '9', 'noise'],
    ['dtmf', '1234#', '2', 'noise'],
    ['utterance', 'Wow', '1', 'recorded-sign'],
    ['utterance', 'Okay.', '1', 'recorded-sign'],
    ['utterance', 'I would like a room.', '3', 'speech'],
    ['utterance', 'I would like a room.', '6.5', null],
    ['utterance', 'Stop', '1', null],
    ['utterance', '', '1', null],
    ['utterance (other language)', 'Estoy bien hoy.', '2', null],
    ['digit', 'four', '1', null],
  ])('of kind %j with the words %j and %s s are used as %s', (kind, transcript, seconds, use) => {
    const cells: Readonly<Record<string, string>> = { kind, transcript, seconds };
    expect(kindOf((column) => cells[column] ?? '')).toBe(use);
  });

  it('of a folder that is of no use are refused by name', async () => {
    await expect(loadProbeClips(join(folder, 'none'), 3)).rejects.toThrow(/none: found no MANIFEST.tsv/);
    const head = 'path\tkind\ttranscript\tseconds\n';
    writeFileSync(join(folder, 'MANIFEST.tsv'), `${head}a.wav\tnoise\t\t1\n`);
    await expect(loadProbeClips(folder, 3)).rejects.toThrow(/found no speech, expected clips of both kinds/);
    writeFileSync(
      join(folder, 'MANIFEST.tsv'),
      `${head}a.wav\tnoise\t\t1\nb.wav\tutterance\tone two three\t2\n`,
    );
    await expect(loadProbeClips(folder, 3)).rejects.toThrow(/a\.wav: found no such file/);
  });

  it('begin 100 ms before the speech, not at a click, and long noise is cut', () => {
    const click = loud(400);
    const samples = joined(silence(1_600), click, silence(4_000), loud(4_000), silence(4_000));
    expect(speechOnset(samples)).toBe(6_000);
    const clip = clipFor('speech', samples);
    expect(clip.firstSpeechSample).toBe(800);
    expect(clip.samples.length).toBe(800 + 4_000 + 800 - 1);
    expect(clipFor('noise', loud(80_000)).samples).toHaveLength(40_000);
  });

  it('without any sound have an onset', () => {
    expect(speechOnset(silence(0))).toBe(0);
    expect(speechOnset(silence(8_000))).toBe(0);
    expect(clipFor('spoken-sign', silence(8_000)).firstSpeechSample).toBe(0);
  });

  it('are spread over the whole list, as many as asked for and none twice', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 70 }), (length, count) => {
        const list = Array.from({ length }, (_, i) => i);
        const chosen = spread(list, count);
        expect(chosen).toHaveLength(Math.min(length, count));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect([...chosen].sort((a, b) => a - b)).toEqual([...chosen]);
      }),
    );
    expect(spread([1, 2, 3], Infinity)).toEqual([1, 2, 3]);
  });
});

describe("the agent's line", () => {
  /** Frames of 20 ms, heard or not. */
  const played = (heard: readonly boolean[]): AgentLine => {
    const line = new AgentLine();
    for (const one of heard) line.hear(one ? loud(FRAME) : silence(FRAME));
    return line;
  };
  const frames = (heard: boolean, count: number): boolean[] => Array<boolean>(count).fill(heard);

  it('measures from the onset to the last sound before the clear, and from the clear to the next sound', () => {
    const line = played([...frames(true, 15), ...frames(false, 20), ...frames(true, 10)]);
    line.cleared(295);
    expect(line.reactionTo(100)).toEqual({ kind: 'cleared', silentMs: 195, pauseMs: 405 });
  });

  it('takes no clear before the onset, and finds none where the agent went on', () => {
    const line = played(frames(true, 20));
    line.cleared(90);
    expect(line.reactionTo(100)).toEqual({ kind: 'played-on' });
  });

  it('has no pause without a sound after it, and no delay where the agent was silent already', () => {
    const line = played([...frames(true, 2), ...frames(false, 10)]);
    line.cleared(150);
    expect(line.reactionTo(100)).toEqual({ kind: 'cleared', silentMs: 0, pauseMs: null });
  });

  it('knows how long audio has been playing and how long none has', () => {
    const line = new AgentLine();
    line.tick(20, false);
    expect([line.busyForMs(100), line.quietForMs(100)]).toEqual([0, 100]);
    line.tick(120, true);
    line.tick(140, true);
    expect([line.busyForMs(200), line.quietForMs(200)]).toEqual([80, 0]);
    line.tick(300, false);
    expect([line.busyForMs(360), line.quietForMs(360)]).toEqual([0, 60]);
  });
});

describe('the caller', () => {
  interface Rig {
    readonly caller: ProbeCaller;
    readonly line: AgentLine;
    readonly said: { readonly what: string; readonly atMs: number }[];
    readonly done: ProbeDone[];
    /** Plays frames up to `untilMs`; the agent is busy and heard, or neither. */
    readonly run: (untilMs: number, agentTalks: boolean) => void;
  }

  const probe = (name: string): ProbeClip => ({ name, kind: 'noise', clip: clipOf(loud(1_600)) });

  function rig(place: ProbePlace, clips: readonly ProbeClip[]): Rig {
    const line = new AgentLine();
    const done: ProbeDone[] = [];
    const said: { what: string; atMs: number }[] = [];
    const nudge = clipOf(loud(800));
    const caller = new ProbeCaller({
      place,
      clips,
      nudge,
      line,
      random: seededRandom(7),
      onDone: (one) => done.push(one),
    });
    let nowMs = 0;
    let finishesMs = Infinity;
    const run = (untilMs: number, agentTalks: boolean): void => {
      while (nowMs < untilMs) {
        nowMs += 20;
        const action = caller.decide(nowMs, { spurts: [], playoutBusy: agentTalks });
        if (action?.type === 'hang-up') said.push({ what: 'hang-up', atMs: nowMs });
        if (action?.type === 'say') {
          const of = clips.find(({ clip }) => clip === action.clip);
          said.push({ what: of?.name ?? 'nudge', atMs: nowMs });
          finishesMs = nowMs + action.clip.samples.length / 8;
        }
        line.hear(agentTalks ? loud(FRAME) : silence(FRAME));
        if (nowMs >= finishesMs) {
          finishesMs = Infinity;
          caller.finished(nowMs);
        }
      }
    };
    return { caller, line, said, done, run };
  }

  it('speaks over the agent one to four seconds into its reply, and again only after it was told to go on', () => {
    const { caller, said, done, run } = rig('over-voice', [probe('a'), probe('b')]);
    run(10_000, true);
    expect(said).toHaveLength(1);
    const { what, atMs } = said[0]!;
    expect([what, atMs >= 1_200, atMs <= 4_100]).toEqual(['a', true, true]);
    expect(done.map(({ onsetMs }) => onsetMs)).toEqual([atMs - 20]);
    caller.go(false);
    run(20_000, true);
    expect(said.map((one) => one.what)).toEqual(['a', 'b']);
    caller.go(false);
    run(20_100, true);
    expect(said.at(-1)?.what).toBe('hang-up');
    expect(caller.gaveUp).toBe(false);
  });

  it('asks for another reply when there is none, with time to begin it, and gives up in the end', () => {
    const { caller, said, run } = rig('over-voice', [probe('a')]);
    run(40_000, false);
    const nudges = said.filter(({ what }) => what === 'nudge').map(({ atMs }) => atMs);
    expect(nudges.length).toBeGreaterThanOrEqual(3);
    for (const [i, atMs] of nudges.slice(1).entries())
      expect(atMs - nudges[i]!).toBeGreaterThanOrEqual(6_000);
    expect(said.at(-1)).toMatchObject({ what: 'hang-up' });
    expect(caller.gaveUp).toBe(true);
  });

  it('does not speak near the end of a long reply', () => {
    const { caller, said, run } = rig('over-voice', [probe('a'), probe('b')]);
    run(10_000, true);
    run(35_100, true);
    caller.go(false);
    run(60_000, true);
    expect(said.map(({ what }) => what)).toEqual(['a']);
  });

  it('plays noise on the open line while the agent is silent, and never so late that the agent prompts', () => {
    const long: ProbeClip = { name: 'long', kind: 'noise', clip: clipOf(loud(8 * 5_000)) };
    const { caller, said, run } = rig('open-line', [probe('a'), long]);
    run(3_000, true);
    expect(said).toEqual([]);
    run(7_000, false);
    expect(said.map(({ what }) => what)).toEqual(['a']);
    caller.go(false);
    run(12_000, false);
    expect(said).toHaveLength(1);
    run(14_000, true);
    run(16_000, false);
    expect(said.map(({ what }) => what)).toEqual(['a', 'long']);
  });
});

describe('figures', () => {
  const cleared = (silentMs: number, pauseMs: number | null): OverVoice['reaction'] => ({
    kind: 'cleared',
    silentMs,
    pauseMs,
  });
  const over: readonly OverVoice[] = [
    { name: 's1', kind: 'speech', reaction: cleared(200, 900), ended: true, heard: 'Stop it.' },
    { name: 's2', kind: 'speech', reaction: cleared(260, 500), ended: false, heard: null },
    { name: 'b1', kind: 'recorded-sign', reaction: cleared(180, 400), ended: false, heard: null },
    { name: 'b2', kind: 'spoken-sign', reaction: cleared(190, 700), ended: false, heard: null },
    { name: 'b3', kind: 'spoken-sign', reaction: cleared(190, null), ended: false, heard: null },
    { name: 'b4', kind: 'spoken-sign', reaction: { kind: 'played-on' }, ended: false, heard: null },
    { name: 'b5', kind: 'spoken-sign', reaction: cleared(170, 900), ended: true, heard: 'Well,' },
  ];
  const open = [
    { name: 'n1', startedTurn: true, heard: '' },
    { name: 'n2', startedTurn: false, heard: null },
  ];

  it('count pauses of replies that went on, and ends, apart', () => {
    const { overVoice, openLine } = bargeInFigures(over, open);
    expect(overVoice.speech).toMatchObject({
      n: 2,
      paused: 2,
      ended: 1,
      silentMs: { n: 2, p50: 260, p95: 260 },
    });
    expect([overVoice['recorded-sign'].n, overVoice['spoken-sign'].n]).toEqual([1, 4]);
    expect(overVoice.signs).toMatchObject({
      n: 5,
      paused: 4,
      ended: 1,
      pauseMs: { n: 3, p50: 700, p95: null },
      resumedInTime: 1,
      endedBy: [{ name: 'b5', heard: 'Well,' }],
    });
    expect(overVoice.noise).toMatchObject({ n: 0, silentMs: { n: 0, p50: null, p95: null } });
    expect(openLine).toEqual({ n: 2, started: 1, startedBy: [{ name: 'n1', heard: '' }] });
  });

  it('are a table of five rows, with what went wrong by name', () => {
    const table = bargeInTable(bargeInFigures(over, open));
    const rows = table.filter((line) => /^(?:speech|signs|  of|noise,)/.test(line));
    expect(rows).toHaveLength(5);
    expect(new Set(table.slice(0, 6).map((line) => line.length)).size).toBe(1);
    expect(table.join('\n')).toMatch(/1 \(50\.0 %\)/);
    expect(table).toContain('  b5: "Well,"');
    expect(table).toContain('  n1: ""');
  });
});
