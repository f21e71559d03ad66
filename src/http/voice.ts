// Decides how a call is answered: by which agent, with the same words again, or with a polite refusal.
import type { FormFields, HttpDeps, NotReadyReason, VoiceCall } from './deps.ts';
import { HttpProblem } from './problem.ts';

export type RefusalReason = NotReadyReason | 'unknown-agent';

/** What the caller hears before we hang up. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalReason, string>> = {
  'warming-up': 'We are sorry, we are just starting up. Please call again in a minute.',
  'lane-down': 'We are sorry, we cannot take your call at the moment. Please call again in a few minutes.',
  full: 'We are sorry, all lines are busy. Please call again in a few minutes.',
  draining: 'We are sorry, we cannot take your call at the moment. Please call again in a few minutes.',
  'unknown-agent': 'We are sorry, this number is not in service. Goodbye.',
};

/** @throws HttpProblem `bad-webhook` when the fields name no call. */
export function voiceTwiml(deps: HttpDeps, fields: FormFields, asked: string | undefined): string {
  const { webhooks } = deps;
  const callSid = text(fields, 'CallSid');
  if (callSid === '') throw new HttpProblem('bad-webhook');
  const again = webhooks.repeatAnswer(callSid);
  if (again !== null) return again;
  const readiness = deps.readiness();
  if (!readiness.ready) return refuse(deps, callSid, readiness.reasons[0] ?? 'lane-down');
  const to = text(fields, 'To');
  const agent = asked === undefined || asked === '' ? webhooks.agentFor(to) : asked;
  if (!webhooks.hasAgent(agent)) return refuse(deps, callSid, 'unknown-agent', agent);
  const call: VoiceCall = {
    callSid,
    agent,
    from: text(fields, 'From'),
    to,
    direction: text(fields, 'Direction').startsWith('outbound') ? 'outbound' : 'inbound',
    variables: {},
  };
  return webhooks.answer(call) ?? refuse(deps, callSid, 'full');
}

function refuse(deps: HttpDeps, callSid: string, reason: RefusalReason, agent?: string): string {
  deps.meter.count('calls_refused', 1, { reason });
  const named = agent === undefined ? {} : { agent: agent.slice(0, 100) };
  deps.logger.warn({ callSid, reason, ...named }, 'call refused');
  return deps.webhooks.refusal(REFUSAL_TEXTS[reason]);
}

function text(fields: FormFields, name: string): string {
  const value = fields[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
