// Faults injected from outside into calls with a real server: the floor is open again in time, and the next turn is answered.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../src/audio/mulaw.ts';
import { loadConfig } from '../../src/config/load.ts';
import { clipOf } from '../../src/simulator/caller-line.ts';
import type { LineFault } from '../../src/simulator/line-faults.ts';
import { normalizeWords } from '../../src/simulator/word-error-rate.ts';
import { callSidOf, faultyCall, HANG_UP, speak, wait } from '../support/faulty-call.ts';
import type { CallAftermath, FaultyCall } from '../support/faulty-call.ts';
import { FloorWatch } from '../support/floor-watch.ts';
import { appointmentClip, hostWith } from '../support/inference.ts';
import {
  agentSamples,
  RECOVERY_LIMIT_MS,
  recoveryOf,
  replyHeard,
  spokenAt,
  tableOf,
} from '../support/recovery.ts';
import type { Expectation, Recovery } from '../support/recovery.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { concat } from '../support/tones.ts';
import { vowel } from '../support/vowel.ts';

const CONFIG = fileURLToPath(new URL('../fixtures/faults.yaml', import.meta.url));
const { turn: policy, audio, stream } = loadConfig(CONFIG);

/** Said only once each: what the agent says back is not ready anywhere, so that it has to be made by the model. */
const TEXTS = {
  train: 'The train leaves at nine.',
  coffee: 'I would like a cup of coffee.',
  line: 'This line is very clear.',
  sister: 'My sister lives in Boston.',
  water: 'I would like a glass of water.',
} as const;
const BOOKING = appointmentClip().samples;

const folder = mkdtempSync(join(tmpdir(), 'parley-faults-'));
const spoken = new Map<keyof typeof TEXTS, Int16Array>();
const recoveries: Recovery[] = [];
let server: ServerProcess;
let floors: FloorWatch;

beforeAll(async () => {
  await prepareTexts();
  server = await startServer({ PARLEY_CONFIG: CONFIG });
  floors = new FloorWatch(server);
}, 60_000);

afterAll(async () => {
  floors.stop();
  const code = await server.stop();
  rmSync(folder, { recursive: true, force: true });
  console.info(tableOf(recoveries, floors.slowestMs));
  expect(code).toBe(0);
});

async function prepareTexts(): Promise<void> {
  const { host } = hostWith({ lanes: ['tts'], voices: ['rms'] });
  await host.start();
  const { signal } = new AbortController();
  for (const [name, text] of Object.entries(TEXTS)) {
    const pieces: Int16Array[] = [];
    for await (const piece of host.synthesizer.speak({ text, voice: 'rms', first: true }, signal)) {
      pieces.push(decodeMulaw(piece).samples);
    }
    spoken.set(name as keyof typeof TEXTS, concat(...pieces));
  }
  await host.close();
}

const say = (name: keyof typeof TEXTS): Int16Array => spoken.get(name)!;
const call = (what: FaultyCall): Promise<CallAftermath> => faultyCall(server, folder, what);

/** Holds a call against what was promised, and notes the figures. */
function holds(after: CallAftermath, expected: Expectation): void {
  recoveries.push(recoveryOf(floors, after, expected));
}

const TURN_END = `turn end (${policy.longWaitMs} ms)`;

describe('faults of the line and of what is said, all at once', () => {
  const calls = new Map<string, Promise<CallAftermath>>();
  const afterOf = (name: string): Promise<CallAftermath> => calls.get(name)!;
  const train = ['train', 'leaves'];

  beforeAll(async () => {
    const bounds = clipOf(BOOKING);
    const half = bounds.firstSpeechSample + (bounds.lastSpeechSample - bounds.firstSpeechSample) * 0.6;
    const next = [speak(say('train')), HANG_UP];
    const impatient = { answerTimeoutMs: 3_000 };
    // The caller speaks again only when the slack is over.
    const slow = { pauseMs: 2_000 };
    // The reply begins with the end of the clip, and takes four seconds.
    const overReply = (faults: readonly LineFault[]): Omit<FaultyCall, 'number'> => ({
      agent: 'office',
      steps: [speak(BOOKING), wait(1_000), wait(20, faults), ...next],
    });
    const made: Record<string, Omit<FaultyCall, 'number'>> = {
      'no text': { agent: 'echo', steps: [speak(vowel(400)), ...next] },
      'empty reply': { agent: 'no-reply', steps: [speak(BOOKING), ...next], patience: impatient },
      'no audio': { agent: 'no-audio', steps: [speak(BOOKING), ...next], patience: impatient },
      'lost mark': {
        agent: 'office',
        steps: [speak(BOOKING, [{ kind: 'lose-marks', count: 'all' }]), ...next],
        patience: slow,
      },
      'duplicate mark': { agent: 'office', steps: [speak(BOOKING, [{ kind: 'duplicate-marks' }]), ...next] },
      gap: {
        agent: 'echo',
        steps: [speak(BOOKING.slice(0, half)), wait(20, [{ kind: 'gap', forMs: 2_000 }]), ...next],
      },
      '2 s stall': { agent: 'echo', steps: [speak(BOOKING, [{ kind: 'stall', forMs: 2_000 }]), ...next] },
      '4 s stall': { agent: 'echo', steps: [speak(BOOKING, [{ kind: 'stall', forMs: 4_000 }]), ...next] },
      '500 ms stall over the reply': overReply([{ kind: 'stall', forMs: 500 }]),
      '2 s stall over the reply': overReply([{ kind: 'stall', forMs: 2_000 }]),
      '2 s gap over the reply': overReply([{ kind: 'gap', forMs: 2_000 }]),
      'half-open': {
        agent: 'office',
        steps: [speak(BOOKING), wait(1_000), wait(9_000, [{ kind: 'stall', forMs: 10_000 }]), HANG_UP],
      },
    };
    Object.entries(made).forEach(([name, what], index) => {
      // People do not all speak at the same moment.
      const patience = { pauseMs: 400 + 150 * index, ...what.patience };
      calls.set(name, call({ ...what, patience, number: index + 1 }));
    });
    await Promise.all(calls.values());
  }, 90_000);

  it('no text: a voice without words is asked again', async () => {
    const after = await afterOf('no text');
    expect(floors.changesOf(after.callSid).map(({ state }) => state)).toContain('callerSpeaking');
    expect(after.record.turns.map(({ heard }) => heard)).toContain('');
    const faultMs = spokenAt(after);
    const deadlineMs = faultMs + policy.longWaitMs;
    const recovery = 'spoken';
    holds(after, { fault: 'no text', faultMs, deadline: TURN_END, deadlineMs, recovery, nextWords: train });
  });

  it.each(['empty reply', 'no audio'])('%s: the floor is open when the turn is over', async (fault) => {
    const after = await afterOf(fault);
    const faultMs = spokenAt(after);
    const deadlineMs = faultMs + policy.longWaitMs;
    const recovery = 'silent';
    holds(after, { fault, faultMs, deadline: TURN_END, deadlineMs, recovery, nextWords: train });
    const first = after.record.turns.find(({ heard }) => heard !== null);
    expect(normalizeWords(first?.heard ?? '')).toContain('appointment');
  });

  it('lost mark: the byte clock ends the reply', async () => {
    const after = await afterOf('lost mark');
    expect(after.record.counters['watchdogs']).toBe(1);
    holds(after, {
      fault: 'lost mark',
      faultMs: after.wallMs(replyHeard(after, 0).last!.endMs),
      deadline: TURN_END,
      deadlineMs: spokenAt(after) + policy.longWaitMs,
      recovery: 'spoken',
      slackMs: policy.playoutSlackMs,
      nextWords: train,
    });
  });

  it('duplicate mark: counts once', async () => {
    const after = await afterOf('duplicate mark');
    expect(after.record.counters['staleMarks']).toBe(1);
    expect(after.record.counters['vadResets']).toBe(after.record.turns.length);
    holds(after, {
      fault: 'duplicate mark',
      faultMs: after.wallMs(replyHeard(after, 0).last!.endMs),
      deadline: TURN_END,
      deadlineMs: spokenAt(after) + policy.longWaitMs,
      recovery: 'spoken',
      nextWords: train,
    });
  });

  it('2 s gap in the middle of a word: what was heard is answered', async () => {
    const after = await afterOf('gap');
    const faultMs = spokenAt(after);
    const deadline = `no audio (${audio.stallMs} ms), ${TURN_END}`;
    const deadlineMs = faultMs + audio.stallMs + policy.longWaitMs;
    const recovery = 'spoken';
    holds(after, { fault: '2 s gap', faultMs, deadline, deadlineMs, recovery, nextWords: train });
    expect(after.record.counters['gapsFilledMs']! + after.record.counters['stallsFilledMs']!).toBeGreaterThan(
      1_900,
    );
    const first = after.record.turns.find(({ heard }) => heard !== null);
    expect(normalizeWords(first?.heard ?? '')).toContain('like');
  });

  it.each([
    { fault: '2 s stall', stallMs: 2_000 },
    { fault: '4 s stall', stallMs: 4_000 },
  ])('$fault from the beginning of an utterance: no word of it is lost', async ({ fault, stallMs }) => {
    const after = await afterOf(fault);
    const faultMs = after.wallMs(after.result.utterances[0]!.startedMs);
    // What was held back comes at the end of the stall.
    const deadlineMs = Math.max(spokenAt(after), faultMs + stallMs) + policy.longWaitMs;
    // The stall itself, and no rescue because of what came after it.
    expect(after.record.counters['watchdogs']).toBe(1);
    const recovery = 'spoken';
    holds(after, { fault, faultMs, deadline: TURN_END, deadlineMs, recovery, nextWords: train });
    const first = after.record.turns.find(({ heard }) => heard !== null);
    // From the first word to the last.
    expect(normalizeWords(first?.heard ?? '')).toEqual(
      expect.arrayContaining(['i', 'would', 'like', 'appointment']),
    );
  });

  it.each([
    { fault: '500 ms stall over the reply', stalls: 0 },
    { fault: '2 s stall over the reply', stalls: 1 },
    { fault: '2 s gap over the reply', stalls: 1 },
  ])('$fault: not a sample of the agent is lost', async ({ fault, stalls }) => {
    const after = await afterOf(fault);
    const faultMs = after.wallMs(after.result.utterances[0]!.startedMs + BOOKING.length / 8 + 1_000);
    const deadlineMs = spokenAt(after) + policy.longWaitMs;
    const recovery = 'spoken';
    holds(after, { fault, faultMs, deadline: TURN_END, deadlineMs, recovery, nextWords: train });
    const undisturbed = await afterOf('duplicate mark');
    expect(after.record.counters['watchdogs'] ?? 0).toBe(stalls);
    expect(after.result.stream!.clears).toBe(0);
    expect(agentSamples(after)).toEqual(agentSamples(undisturbed));
  });

  it('half-open socket: without audio for 5 s the call is over', async () => {
    const { result, record, callSid, wallMs } = await afterOf('half-open');
    const silentMs = wallMs(result.utterances[0]!.startedMs + BOOKING.length / 8 + 1_000);
    const ended = floors.entered(callSid, 'ended', silentMs);
    expect(ended).not.toBeNull();
    const overMs = ended!.atMs - silentMs;
    expect(overMs).toBeGreaterThan(stream.mediaTimeoutMs - 100);
    expect(overMs).toBeLessThanOrEqual(stream.mediaTimeoutMs + RECOVERY_LIMIT_MS);
    expect(record.outcome).toBe('caller-hung-up');
    expect(record.counters['line:media-timeout']).toBe(1);
    recoveries.push({
      fault: 'half-open socket',
      deadline: `no audio (${stream.mediaTimeoutMs} ms)`,
      deadlineMs: stream.mediaTimeoutMs,
      listeningMs: overMs,
      soundMs: null,
      nextHeard: '(the call is ended)',
    });
  });
});

interface Status {
  readonly ready: boolean;
  readonly lanes: Readonly<Record<string, { readonly pid: number; readonly restarts: number }>>;
}

const status = (): Promise<Status> => server.get('/api/status') as Promise<Status>;

/** Kills or stops a lane's process; returns when. */
async function strike(lane: string, signal: NodeJS.Signals): Promise<number> {
  const { lanes } = await status();
  process.kill(lanes[lane]!.pid, signal);
  return Date.now();
}

describe('models that die in the middle of a turn, one after the other', () => {
  it('speech failure: the voice is killed while it speaks the reply', async () => {
    const steps = [speak(say('line')), speak(say('coffee')), HANG_UP];
    const number = 101;
    const ended = call({ number, agent: 'echo', steps });
    await floors.next(callSidOf(number), 'callerSpeaking');
    const warm = server.next('lane is warm');
    // A reply takes the voice some 20 ms: it is stopped first, so that it dies for sure in the middle of one.
    await strike('tts', 'SIGSTOP');
    await floors.next(callSidOf(number), 'thinking');
    const faultMs = await strike('tts', 'SIGKILL');
    const after = await ended;
    expect(await warm).toMatchObject({ lane: 'tts' });
    holds(after, {
      fault: 'voice killed',
      faultMs,
      deadline: 'at once',
      deadlineMs: faultMs,
      recovery: 'spoken',
      nextWords: ['cup', 'coffee'],
    });
  }, 40_000);

  it('speech failure: the voice hangs while it speaks the reply', async () => {
    const steps = [speak(say('sister')), speak(say('water')), HANG_UP];
    const number = 102;
    const ended = call({ number, agent: 'echo', steps });
    // Before the reply is asked for, and too late for an idle lane to be found dead by its pulse.
    await floors.next(callSidOf(number), 'endpointing');
    const warm = server.next('lane is warm');
    await strike('tts', 'SIGSTOP');
    const after = await ended;
    expect(await warm).toMatchObject({ lane: 'tts' });
    expect(after.record.counters['watchdogs']).toBe(1);
    const apology = after.record.turns.find(({ replied }) => replied.includes('something went wrong'));
    expect(apology).toBeDefined();
    const faultMs = spokenAt(after);
    holds(after, {
      fault: 'voice hangs',
      faultMs,
      deadline: `${TURN_END}, filler (${policy.fillerAfterMs} ms)`,
      deadlineMs: faultMs + policy.longWaitMs + policy.fillerAfterMs,
      recovery: 'spoken',
      nextWords: ['glass', 'water'],
    });
  }, 40_000);

  it.each([
    {
      lane: 'stt',
      fault: 'speech to text killed',
      deadline: TURN_END,
      graceMs: 0,
      replied: 'something went wrong',
    },
    {
      lane: 'vad',
      fault: 'voice activity killed',
      deadline: `no verdicts (${policy.verdictGraceMs} ms), ${TURN_END}`,
      graceMs: policy.verdictGraceMs,
      replied: 'appointment',
    },
  ])(
    'lane restart: $fault in the middle of a turn',
    async ({ lane, fault, deadline, graceMs, replied }) => {
      const steps = [speak(BOOKING), speak(say('train')), HANG_UP];
      const number = lane === 'stt' ? 103 : 104;
      const ended = call({ number, agent: 'echo', steps });
      await floors.next(callSidOf(number), 'callerSpeaking');
      const warm = server.next('lane is warm');
      const faultMs = await strike(lane, 'SIGKILL');
      const after = await ended;
      expect(await warm).toMatchObject({ lane });
      expect(after.record.turns.map((turn) => turn.replied).join(' ')).toContain(replied);
      holds(after, {
        fault,
        faultMs,
        deadline,
        deadlineMs: spokenAt(after) + graceMs + policy.longWaitMs,
        recovery: 'spoken',
        nextWords: ['train', 'leaves'],
      });
    },
    40_000,
  );
});
