// Admission over real HTTP: the last slot goes to one call, slots come back however a call ends, /readyz tells the truth.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REFUSALS } from '../../src/ports/admission.ts';
import { callSidOf, openAppRig, type AppRig } from '../support/app-rig.ts';
import { answeredToken, closeCode, openMedia, sendStart, sid } from '../support/raw-call.ts';

let rig: AppRig;
beforeEach(async () => {
  rig = await openAppRig();
});
afterEach(() => rig.close());

const isStream = (twiml: string): boolean => twiml.includes('<Stream ');
const refusals = (reason: string): number => rig.meter.counts.get(`calls_refused{${reason}}`) ?? 0;
/** The server has no event for a slot that comes free; it is asked until it says so. */
async function untilFree(): Promise<void> {
  while ((await rig.slotsTaken()) > 0);
}

describe('the last slot', () => {
  it('is taken by one of many calls that come at once, in every round', async () => {
    for (let round = 0; round < 5; round += 1) {
      const first = rig.connect(String(round));
      const socket = await first;
      const callSids = Array.from(
        { length: 40 },
        (_, i) => `CA${round}${'f'.repeat(28)}${String(i).padStart(3, '0')}`,
      );
      const answers = await Promise.all(callSids.map((callSid) => rig.voice(callSid)));
      expect(answers.filter(isStream)).toHaveLength(1);
      expect(await rig.slotsTaken()).toBe(2);
      expect(refusals('full')).toBe(39 * (round + 1));
      const closed = once(socket, 'close');
      socket.close();
      await closed;
      const winner = callSids[answers.findIndex(isStream)]!;
      await rig.streamEnded(winner, 'completed');
      await untilFree();
    }
  });

  it('is taken once by a call whose webhook comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => rig.voice(callSidOf('1'))));
    expect(new Set(answers).size).toBe(1);
    expect(await rig.slotsTaken()).toBe(1);
  });
});

describe('a slot', () => {
  it('comes back when the stream never starts', async () => {
    await rig.voice(callSidOf('1'));
    rig.clock.advance(rig.config.stream.tokenTtlMs - 1);
    expect(await rig.slotsTaken()).toBe(1);
    rig.clock.advance(1);
    expect(await rig.slotsTaken()).toBe(0);
  });

  it('comes back at once when the caller has hung up before the stream', async () => {
    await rig.voice(callSidOf('1'));
    await rig.streamEnded(callSidOf('1'), 'completed');
    expect(await rig.slotsTaken()).toBe(0);
  });

  it.each([
    [
      'stops',
      (socket: { send(text: string): void }) => {
        socket.send(stopOf('1'));
      },
    ],
    [
      'closes',
      (socket: { close(): void }) => {
        socket.close();
      },
    ],
    [
      'is cut off',
      (socket: { terminate(): void }) => {
        socket.terminate();
      },
    ],
  ])('comes back when the stream %s', async (_, end) => {
    const socket = await rig.connect('1');
    expect(await rig.slotsTaken()).toBe(1);
    const closed = once(socket, 'close');
    end(socket);
    await closed;
    await untilFree();
    expect(rig.app.callsInProgress()).toBe(0);
  });

  it('comes back when Twilio falls silent', async () => {
    const socket = await rig.connect('1');
    const closed = closeCode(socket);
    rig.clock.advance(rig.config.stream.mediaTimeoutMs);
    await closed;
    expect(await rig.slotsTaken()).toBe(0);
  });

  it('is kept by a call that asks again while it is connected, and its new stream takes the place of the old', async () => {
    const old = await rig.connect('1');
    const oldClosed = closeCode(old);
    const socket = await rig.connect('1');
    expect(await oldClosed).toBe(1000);
    expect(await rig.slotsTaken()).toBe(1);
    expect(rig.app.callsInProgress()).toBe(1);
    socket.close();
    await untilFree();
  });

  it('is not taken by a stream without a right to it', async () => {
    const token = await answeredToken(rig, callSidOf('1'));
    const socket = await openMedia(rig);
    const closed = closeCode(socket);
    sendStart(socket, { callSid: callSidOf('2'), streamSid: sid('MZ', '2') }, token);
    expect(await closed).toBe(1008);
    expect(await rig.slotsTaken()).toBe(1);
  });
});

const stopOf = (digit: string): string =>
  JSON.stringify({
    event: 'stop',
    sequenceNumber: '2',
    streamSid: sid('MZ', digit),
    stop: { accountSid: sid('AC', 'a'), callSid: callSidOf(digit) },
  });

describe('/readyz and the webhook', () => {
  /** Both say the same, and the caller hears why. */
  async function expectRefused(...reasons: readonly (keyof typeof REFUSALS)[]): Promise<void> {
    expect(await rig.readyz()).toEqual({ status: 503, reasons });
    const [reason] = reasons;
    const before = refusals(reason!);
    expect(await rig.voice(callSidOf('9'))).toContain(`<Say>${REFUSALS[reason!].says}</Say><Hangup/>`);
    expect(refusals(reason!)).toBe(before + 1);
  }
  const expectReady = async (): Promise<void> => {
    expect(await rig.readyz()).toEqual({ status: 200, reasons: [] });
  };

  it('say no while warming up, yes when warm, no while a lane is replaced, and yes again', async () => {
    rig.inference.ready = false;
    await expectRefused('warming-up');
    rig.inference.ready = true;
    await expectReady();
    rig.inference.ready = false;
    rig.inference.restarts = 1;
    await expectRefused('lane-down');
    rig.inference.ready = true;
    await expectReady();
  });

  it('say lane-down for a lane that was lost before anybody asked', async () => {
    rig.inference.ready = false;
    rig.inference.restarts = 1;
    await expectRefused('lane-down');
  });

  it('say no while every slot is taken, and yes when one is free', async () => {
    await rig.voice(callSidOf('1'));
    await expectReady();
    await rig.voice(callSidOf('2'));
    await expectRefused('full');
    rig.clock.advance(rig.config.stream.tokenTtlMs);
    await expectReady();
  });

  it.each(['vad', 'stt', 'tts'] as const)(
    'say no while the %s lane is late, until it has caught up',
    async (lane) => {
      await expectReady();
      rig.inference.waitsMs[lane] = 1_000;
      await expectRefused('late');
      rig.inference.waitsMs[lane] = 0;
      rig.clock.advance(rig.config.admission.reopenAfterMs - 1);
      await expectRefused('late');
      rig.clock.advance(1);
      await expectReady();
    },
  );

  it('say no while the socket thread is late, until it has caught up', async () => {
    rig.eventLoopDelayMs = rig.config.admission.maxEventLoopDelayMs + 1;
    await expectRefused('late');
    rig.eventLoopDelayMs = rig.config.admission.maxEventLoopDelayMs;
    rig.clock.advance(60_000);
    await expectRefused('late');
    rig.eventLoopDelayMs = 0;
    rig.clock.advance(rig.config.admission.reopenAfterMs);
    await expectReady();
  });

  it('say every reason, and the caller the first', async () => {
    await rig.voice(callSidOf('1'));
    await rig.voice(callSidOf('2'));
    rig.inference.waitsMs.stt = 1_000;
    await expectRefused('late', 'full');
    rig.app.drain();
    await expectRefused('draining', 'full');
    void rig.app.endCalls('lane-failed');
    await expectRefused('lane-failed');
  });

  it('log each change once, with what was felt', async () => {
    await rig.readyz();
    rig.inference.waitsMs.stt = 1_000;
    await rig.readyz();
    await rig.readyz();
    expect(rig.logger.of('admission changed').map((line) => line.fields)).toEqual([
      expect.objectContaining({ before: 'warming-up', after: 'open' }),
      expect.objectContaining({ before: 'open', after: 'late', waitsMs: { vad: 0, stt: 1_000, tts: 0 } }),
    ]);
  });

  it('take back a call that has a slot, however late everything is', async () => {
    await rig.voice(callSidOf('1'));
    rig.inference.waitsMs.stt = 1_000;
    expect(isStream(await rig.voice(callSidOf('1')))).toBe(true);
  });
});
