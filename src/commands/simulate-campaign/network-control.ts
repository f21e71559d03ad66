// The simulated telephone network as the dialler's call control, without a wire between: for simulations that hurry.
import {
  DialError,
  FINAL_STATUSES,
  type CallControl,
  type NetworkCall,
  type NetworkStatus,
} from '../../ports/call-control.ts';
import type { FaultLottery } from '../../simulator/network/faults.ts';
import type { PhoneCall, PhoneSystem } from '../../simulator/network/phone-system.ts';

/** Fails as the network's faults have it; after `answer-lost` the call exists or not, as in life. */
export function networkControl(system: PhoneSystem, faults: FaultLottery): CallControl {
  return {
    dial: (request) => {
      const fault = faults.dial();
      const create = (): PhoneCall =>
        system.create({
          to: request.to,
          from: request.from,
          url: request.answerUrl,
          statusCallback: request.statusUrl,
          amdCallback: request.amdUrl,
          recordingCallback: request.recordingUrl,
          ringTimeoutMs: request.ringTimeoutS * 1_000,
          timeLimitMs: request.timeLimitS * 1_000,
        });
      switch (fault) {
        case 'none':
          return Promise.resolve(networkCallOf(create()));
        case 'too-many':
          return Promise.reject(new DialError('too-many-requests', 'HTTP 429', { networkCode: 20_429 }));
        case 'refused':
          return Promise.reject(new DialError('network-down', 'connection refused'));
        case 'bad-gateway':
          return Promise.reject(new DialError('answer-lost', 'HTTP 502'));
        case 'bad-gateway-made':
        case 'answer-lost':
          create();
          return Promise.reject(new DialError('answer-lost', 'no answer'));
      }
    },
    hangUp: (callSid) => {
      const call = system.find(callSid);
      if (call !== null) system.end(call, call.status === 'in-progress' ? 'completed' : 'canceled');
      return Promise.resolve();
    },
    fetch: (callSid) => {
      const call = system.find(callSid);
      return Promise.resolve(call === null ? null : networkCallOf(call));
    },
    placedTo: (number, since) =>
      Promise.resolve(
        system
          .to(number)
          .filter(({ createdAt }) => createdAt >= since)
          .map(networkCallOf),
      ),
    check: () => Promise.resolve(),
  };
}

function networkCallOf(call: PhoneCall): NetworkCall {
  const status: NetworkStatus = call.status;
  const isOver = FINAL_STATUSES.includes(status);
  const { startedAt, endedAt } = call;
  return {
    callSid: call.sid,
    to: call.request.to,
    from: call.request.from,
    status,
    answeredBy: call.answeredBy,
    createdAt: call.createdAt,
    startedAt,
    endedAt,
    durationS:
      isOver && startedAt !== null && endedAt !== null ? Math.round((endedAt - startedAt) / 1_000) : null,
  };
}
