// A telephone network with Twilio's REST API on a free port of loopback, and a client for it.
import type { FastifyInstance } from 'fastify';
import type { CallControl } from '../../src/ports/call-control.ts';
import { chanceOf } from '../../src/simulator/network/chance.ts';
import { FaultLottery, NO_FAULTS, type DialFault } from '../../src/simulator/network/faults.ts';
import { PhoneSystem, type Callback } from '../../src/simulator/network/phone-system.ts';
import type { Callee } from '../../src/simulator/network/population.ts';
import { restApi } from '../../src/simulator/network/rest-api.ts';
import { VirtualClock } from '../../src/simulator/network/virtual-clock.ts';
import { twilioCallControl } from '../../src/twilio/call-control.ts';
import { restClient } from '../../src/twilio/rest-client.ts';

export const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
export const NETWORK_TOKEN = 'network-token';
export const OWN_NUMBER = '+15005550006';

export interface TestNetwork {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly system: PhoneSystem;
  readonly callbacks: Callback[];
  /** What goes wrong with the next request for a call. */
  nextFault: DialFault;
  control(authToken?: string): CallControl;
  close(): Promise<void>;
}

class ScriptedFaults extends FaultLottery {
  next: DialFault = 'none';

  override dial(): DialFault {
    const fault = this.next;
    this.next = 'none';
    return fault;
  }
}

export async function startTestNetwork(
  callee: (number: string, nth: number) => Callee,
  refusedNumbers: Readonly<Record<string, number>> = {},
): Promise<TestNetwork> {
  const clock = new VirtualClock(Date.parse('2026-11-23T18:00:00Z'));
  const callbacks: Callback[] = [];
  const faults = new ScriptedFaults(NO_FAULTS, 1);
  const chance = chanceOf(1, 'sids');
  const system = new PhoneSystem({
    clock,
    accountSid: ACCOUNT_SID,
    callsPerSecond: 1,
    callee,
    faults,
    newSid: () => Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join(''),
    deliver: (callback) => {
      callbacks.push(callback);
    },
    onAnswered: () => undefined,
  });
  const app: FastifyInstance = await restApi({
    system,
    accountSid: ACCOUNT_SID,
    authToken: NETWORK_TOKEN,
    ownNumbers: [OWN_NUMBER],
    faults,
    refusedNumbers,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    clock,
    system,
    callbacks,
    get nextFault() {
      return faults.next;
    },
    set nextFault(fault) {
      faults.next = fault;
    },
    control: (authToken = NETWORK_TOKEN) =>
      twilioCallControl(restClient({ accountSid: ACCOUNT_SID, authToken, baseUrl: url, timeoutMs: 5_000 })),
    close: () => app.close(),
  };
}
