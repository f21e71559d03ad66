// The end of the server: calls in progress are told goodbye without our own voice, and nobody waits for ever.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAREWELLS } from '../../src/ports/admission.ts';
import { callSidOf, openAppRig, type AppRig } from '../support/app-rig.ts';
import { answeredToken, closeCode, openMedia, sendStart, sid } from '../support/raw-call.ts';

let rig: AppRig;
beforeEach(async () => {
  rig = await openAppRig(3);
});
afterEach(() => rig.close());

const goodbye = (reason: keyof typeof FAREWELLS): string => `<Say>${FAREWELLS[reason]}</Say><Hangup/>`;

describe.each(['lane-failed', 'draining'] as const)('ending all calls (%s)', (reason) => {
  it('closes every stream, and answers what comes after it with a goodbye', async () => {
    const sockets = [await rig.connect('1'), await rig.connect('2')];
    const closed = Promise.all(sockets.map(closeCode));
    const told = rig.app.endCalls(reason);
    expect(await closed).toEqual([1000, 1000]);
    expect(await rig.streamEnded(callSidOf('1'))).toContain(goodbye(reason));
    expect(await rig.streamEnded(callSidOf('1'))).toContain(goodbye(reason));
    expect(await rig.streamEnded(callSidOf('2'))).toContain(goodbye(reason));
    await told;
    expect(rig.clock.pending).toBe(0);
    expect(await rig.readyz()).toEqual({ status: 503, reasons: [reason] });
  });

  it('waits for a call that was answered and is not connected yet', async () => {
    const token = await answeredToken(rig, callSidOf('1'));
    const told = rig.app.endCalls(reason);
    const socket = await openMedia(rig);
    const closed = closeCode(socket);
    sendStart(socket, { callSid: callSidOf('1'), streamSid: sid('MZ', '1') }, token);
    expect(await closed).toBe(1008);
    expect(await rig.streamEnded(callSidOf('1'))).toContain(goodbye(reason));
    await told;
  });

  it('does not wait for a caller who hangs up at the same moment', async () => {
    const closed = closeCode(await rig.connect('1'));
    const told = rig.app.endCalls(reason);
    await closed;
    expect(await rig.streamEnded(callSidOf('1'), 'completed')).toContain('<Response/>');
    await told;
  });

  it('waits no longer than five seconds', async () => {
    const closed = closeCode(await rig.connect('1'));
    let told = false;
    const ending = rig.app.endCalls(reason).then(() => {
      told = true;
    });
    await closed;
    rig.clock.advance(4_999);
    await rig.readyz();
    expect(told).toBe(false);
    rig.clock.advance(1);
    await ending;
  });

  it('is over at once without calls', async () => {
    await rig.app.endCalls(reason);
    expect(rig.clock.pending).toBe(0);
  });
});

it('a stream that ends by itself is followed by a plain hang-up', async () => {
  const socket = await rig.connect('1');
  const closed = closeCode(socket);
  socket.close(1000);
  await closed;
  const twiml = await rig.streamEnded(callSidOf('1'));
  expect(twiml).toContain('<Response><Hangup/></Response>');
});

describe('a drain', () => {
  it('lets a call that was just answered begin, and is over when it has ended', async () => {
    const token = await answeredToken(rig, callSidOf('1'));
    rig.app.drain();
    let over = false;
    const idle = rig.app.idle().then(() => {
      over = true;
    });
    const begun = rig.inference.begun(1);
    const socket = await openMedia(rig);
    sendStart(socket, { callSid: callSidOf('1'), streamSid: sid('MZ', '1') }, token);
    await begun;
    expect(over).toBe(false);
    socket.close();
    await idle;
  });

  it('does not wait for a stream that never comes', async () => {
    await rig.voice(callSidOf('1'));
    rig.app.drain();
    const idle = rig.app.idle();
    rig.clock.advance(rig.config.stream.tokenTtlMs);
    await idle;
    expect(rig.clock.pending).toBe(0);
  });
});
