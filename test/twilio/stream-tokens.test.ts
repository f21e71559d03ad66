// A token opens one stream of one call, once, for a minute.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { StreamTokens, type StreamGrant } from '../../src/twilio/stream-tokens.ts';
import { ManualClock } from '../support/manual-clock.ts';

const grantFor = (callSid: string, agent = 'front-desk'): StreamGrant => ({
  callSid,
  agent,
  from: '+15550100001',
  to: '+15550100002',
  direction: 'inbound',
  variables: {},
});

const MINUTE = ms(60_000);

function setup(maxHeld = 3): { clock: ManualClock; tokens: StreamTokens } {
  const clock = new ManualClock();
  return { clock, tokens: new StreamTokens(clock, maxHeld) };
}

describe('stream tokens', () => {
  it('give the grant back once', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1'), MINUTE);
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(tokens.redeem(token, 'CA1')).toEqual({ ok: true, grant: grantFor('CA1') });
    expect(tokens.redeem(token, 'CA1')).toEqual({ ok: false, reason: 'used-token' });
  });

  it('are refused without a token, with a strange one, and for another call', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1'), MINUTE);
    tokens.mint(grantFor('CA2'), MINUTE);
    expect(tokens.redeem(undefined, 'CA1')).toEqual({ ok: false, reason: 'missing-token' });
    expect(tokens.redeem('', 'CA1')).toEqual({ ok: false, reason: 'missing-token' });
    expect(tokens.redeem(`${token}x`, 'CA1')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA2')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA3')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA1')).toMatchObject({ ok: true });
  });

  it('expire after their time', () => {
    const { clock, tokens } = setup();
    const first = tokens.mint(grantFor('CA1'), MINUTE);
    clock.advance(59_999);
    expect(tokens.pendingFor('CA1')).toBe(first);
    clock.advance(1);
    expect(tokens.pendingFor('CA1')).toBeNull();
    expect(tokens.redeem(first, 'CA1')).toEqual({ ok: false, reason: 'expired-token' });
    tokens.mint(grantFor('CA2'), ms(120_000));
    expect(tokens.redeem(first, 'CA1')).toEqual({ ok: false, reason: 'unknown-token' });
  });

  it('are the same for a repeated webhook while unused, with the first grant and its time', () => {
    const { clock, tokens } = setup();
    const token = tokens.mint(grantFor('CA1', 'survey'), MINUTE);
    expect(tokens.mint(grantFor('CA1', 'echo-test'), ms(90_000))).toBe(token);
    expect(tokens.redeem(token, 'CA1')).toMatchObject({ grant: { agent: 'survey' } });
    const second = tokens.mint(grantFor('CA1'), MINUTE);
    expect(second).not.toBe(token);
    clock.advance(60_000);
    expect(tokens.redeem(second, 'CA1')).toEqual({ ok: false, reason: 'expired-token' });
  });

  it('are bounded: used ones make room first, then the oldest', () => {
    const { tokens } = setup(2);
    const first = tokens.mint(grantFor('CA1'), MINUTE);
    const second = tokens.mint(grantFor('CA2'), MINUTE);
    tokens.redeem(second, 'CA2');
    tokens.mint(grantFor('CA3'), MINUTE);
    expect(tokens.pendingFor('CA1')).toBe(first);
    expect(tokens.redeem(second, 'CA2')).toEqual({ ok: false, reason: 'unknown-token' });
    tokens.mint(grantFor('CA4'), MINUTE);
    expect(tokens.pendingFor('CA1')).toBeNull();
  });

  it('make room when the waiting ones expire', () => {
    const { clock, tokens } = setup(2);
    tokens.mint(grantFor('CA1'), MINUTE);
    const used = tokens.mint(grantFor('CA2'), ms(90_000));
    tokens.redeem(used, 'CA2');
    clock.advance(60_000);
    tokens.mint(grantFor('CA3'), ms(120_000));
    expect(tokens.redeem(used, 'CA2')).toEqual({ ok: false, reason: 'used-token' });
  });

  it('can be taken back', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1'), MINUTE);
    tokens.revoke('CA1');
    expect(tokens.pendingFor('CA1')).toBeNull();
    expect(tokens.redeem(token, 'CA1')).toEqual({ ok: false, reason: 'unknown-token' });
  });

  it('leave no timer', () => {
    const { clock, tokens } = setup();
    tokens.mint(grantFor('CA1'), MINUTE);
    expect(clock.pending).toBe(0);
  });
});
