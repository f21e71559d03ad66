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

function setup(maxPending = 3): { clock: ManualClock; tokens: StreamTokens } {
  const clock = new ManualClock();
  return { clock, tokens: new StreamTokens(clock, { ttlMs: ms(60_000), maxPending }) };
}

describe('stream tokens', () => {
  it('give the grant back once', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1'))!;
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(tokens.redeem(token, 'CA1')).toEqual({ ok: true, grant: grantFor('CA1') });
    expect(tokens.redeem(token, 'CA1')).toEqual({ ok: false, reason: 'used-token' });
  });

  it('are refused without a token, with a strange one, and for another call', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1'))!;
    tokens.mint(grantFor('CA2'));
    expect(tokens.redeem(undefined, 'CA1')).toEqual({ ok: false, reason: 'missing-token' });
    expect(tokens.redeem('', 'CA1')).toEqual({ ok: false, reason: 'missing-token' });
    expect(tokens.redeem(`${token}x`, 'CA1')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA2')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA3')).toEqual({ ok: false, reason: 'unknown-token' });
    expect(tokens.redeem(token, 'CA1')).toMatchObject({ ok: true });
  });

  it('expire after their time', () => {
    const { clock, tokens } = setup();
    const first = tokens.mint(grantFor('CA1'))!;
    clock.advance(59_999);
    expect(tokens.pendingFor('CA1')).toBe(first);
    clock.advance(1);
    expect(tokens.pendingFor('CA1')).toBeNull();
    expect(tokens.redeem(first, 'CA1')).toEqual({ ok: false, reason: 'expired-token' });
    expect(tokens.pending()).toBe(0);
    expect(tokens.redeem(first, 'CA1')).toEqual({ ok: false, reason: 'unknown-token' });
  });

  it('are the same for a repeated webhook while unused, with the first grant', () => {
    const { tokens } = setup();
    const token = tokens.mint(grantFor('CA1', 'survey'))!;
    expect(tokens.mint(grantFor('CA1', 'echo-test'))).toBe(token);
    expect(tokens.pending()).toBe(1);
    expect(tokens.redeem(token, 'CA1')).toMatchObject({ grant: { agent: 'survey' } });
    expect(tokens.mint(grantFor('CA1'))).not.toBe(token);
  });

  it('are bounded: used ones make room, unused ones do not', () => {
    const { tokens } = setup(2);
    const first = tokens.mint(grantFor('CA1'))!;
    expect(tokens.mint(grantFor('CA2'))).not.toBeNull();
    expect(tokens.mint(grantFor('CA3'))).toBeNull();
    tokens.redeem(first, 'CA1');
    expect(tokens.pending()).toBe(1);
    expect(tokens.mint(grantFor('CA3'))).not.toBeNull();
    expect(tokens.mint(grantFor('CA4'))).toBeNull();
  });

  it('make room when the waiting ones expire', () => {
    const { clock, tokens } = setup(1);
    tokens.mint(grantFor('CA1'));
    clock.advance(60_000);
    expect(tokens.mint(grantFor('CA2'))).not.toBeNull();
  });

  it('leave no timer', () => {
    const { clock, tokens } = setup();
    tokens.mint(grantFor('CA1'));
    expect(clock.pending).toBe(0);
  });
});
