// Recorded people and noises through mu-law at 8 kHz and the whole server: word errors, answers, false starts.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { wordErrors } from '../../src/simulator/word-error-rate.ts';
import { recordings, type Recording } from '../support/recordings.ts';
import { PATIENT_CONFIG, simulate, startServer, type ServerProcess } from '../support/server-process.ts';

const all = recordings();
const CALLS = 4;
/** Measured: 2 or 3 of 40; which of them depends on where the line noise falls. */
const MAX_FALSE_STARTS = 0.15;

interface ReportedTurn {
  readonly said: string | null;
  readonly heard: string | null;
  readonly replied: string | null;
  readonly answered: boolean;
}

interface CallReport {
  readonly callSid: string;
  readonly turns: ReportedTurn[];
}

function every(list: readonly Recording[], count: number): readonly Recording[] {
  const stride = list.length / Math.min(count, list.length);
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[Math.floor(i * stride)]!);
}

const spoken = all.filter(({ kind }) => kind === 'utterance' || kind === 'utterance (call turn)');
const isWord = ({ transcript }: Recording): boolean => transcript.trim().split(/\s+/u).length === 1;
const isOrder = ({ path }: Recording): boolean => path.includes('/order_');
const sentences = spoken.filter((clip) => !isWord(clip) && clip.seconds <= 12);
/** People whose names or numbers are known, then the crowd-sourced orders, whose speakers are not told apart. */
const chosen = {
  words: every(
    spoken.filter((clip) => isWord(clip) && clip.seconds <= 2),
    24,
  ),
  sentences: [
    ...every(
      sentences.filter((clip) => !isOrder(clip)),
      48,
    ),
    ...every(sentences.filter(isOrder), 40),
  ],
};
const noises = every(
  all.filter(
    ({ kind, seconds }) => /^(noise|music|dtmf|voicemail beep|call progress)/u.test(kind) && seconds <= 10,
  ),
  40,
);

describe.runIf(all.length > 0)('recorded callers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-recorded-'));
  let server: ServerProcess;

  beforeAll(async () => {
    const config = join(folder, 'config.yaml');
    const agents = fileURLToPath(new URL('../fixtures/listener/', import.meta.url));
    const patient = parse(readFileSync(PATIENT_CONFIG, 'utf8')) as object;
    writeFileSync(config, stringify({ ...patient, agents: { folder: agents, default: 'listener' } }));
    server = await startServer({ PARLEY_CONFIG: config });
  });

  afterAll(async () => {
    await server.stop();
  });

  async function callWith(
    name: string,
    clips: readonly Recording[],
    answerTimeoutMs: number,
  ): Promise<CallReport> {
    const scenario = {
      name,
      agent: 'listener',
      patience: { answerTimeoutMs, finishedAfterMs: 300, pauseMs: 200 },
      steps: [
        ...clips.map((clip) => ({ play: clip.path, as: clip.transcript === '' ? '-' : clip.transcript })),
        'hang-up',
      ],
    };
    const file = join(folder, `${name}.yaml`);
    const json = join(folder, `${name}.json`);
    writeFileSync(file, stringify(scenario));
    await simulate(server, ['--scenario', file, '--json', json, '--out', join(folder, name), '--quiet']);
    const report = JSON.parse(readFileSync(json, 'utf8')) as { calls: CallReport[] };
    return report.calls[0]!;
  }

  async function callsWith(
    name: string,
    clips: readonly Recording[],
    answerTimeoutMs: number,
  ): Promise<readonly CallReport[]> {
    const shares = Array.from({ length: CALLS }, (_, call) => clips.filter((_clip, i) => i % CALLS === call));
    return Promise.all(shares.map((share, call) => callWith(`${name}-${call}`, share, answerTimeoutMs)));
  }

  it('answers every one of more than a hundred utterances of at least thirty people', async () => {
    const clips = [...chosen.sentences, ...chosen.words];
    const calls = await callsWith('people', clips, 6_000);
    const turns = calls.flatMap((call) => call.turns);
    const speakers = new Set(clips.map((clip) => (isOrder(clip) ? 'orders' : clip.speaker)));
    const unanswered = turns.filter((turn) => !turn.answered);
    const isWordTurn = (turn: ReportedTurn): boolean => !(turn.said ?? '').trim().includes(' ');
    const rate = (list: readonly ReportedTurn[]): number => {
      const counts = list.map((turn) => wordErrors(turn.said ?? '', turn.heard ?? ''));
      return sum(counts.map((count) => count.errors)) / sum(counts.map((count) => count.words));
    };
    const sentenceRate = rate(turns.filter((turn) => !isWordTurn(turn)));
    const wordRate = rate(turns.filter(isWordTurn));
    console.info(
      `recorded people: ${clips.length} utterances, ${speakers.size} or more speakers, ${unanswered.length} unanswered, ` +
        `word error rate ${percent(sentenceRate)} in sentences, ${percent(wordRate)} in single words`,
    );
    expect(clips.length).toBeGreaterThanOrEqual(100);
    expect(speakers.size).toBeGreaterThanOrEqual(30);
    expect(turns).toHaveLength(clips.length);
    expect(unanswered.map((turn) => turn.said)).toEqual([]);
    expect(sentenceRate).toBeLessThan(0.15);
    expect(wordRate).toBeLessThan(0.6);
  }, 600_000);

  it('takes noise, tones and music for a caller no more often than was measured', async () => {
    const calls = await callsWith('noises', noises, 1_500);
    const records = await Promise.all(calls.map(({ callSid }) => server.get(`/api/calls/${callSid}`)));
    const started = records.flatMap((record) =>
      (record as { turns: { heard: string | null }[] }).turns.filter((turn) => turn.heard !== null),
    );
    console.info(
      `recorded noises: ${noises.length} clips, ${started.length} taken for a caller: ` +
        JSON.stringify(started.map((turn) => turn.heard)),
    );
    expect(noises.length).toBeGreaterThanOrEqual(30);
    expect(started.length / noises.length).toBeLessThanOrEqual(MAX_FALSE_STARTS);
  }, 600_000);
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
