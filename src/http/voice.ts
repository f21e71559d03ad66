// Decides how a call is answered: by which agent, with the same words again, or with a polite refusal.
import { REFUSALS, type RefusalReason } from '../ports/admission.ts';
import type { FormFields, HttpDeps, VoiceCall } from './deps.ts';
import { HttpProblem } from './problem.ts';

/** @throws HttpProblem `bad-webhook` when the fields name no call. */
export function voiceTwiml(deps: HttpDeps, fields: FormFields, asked: string | undefined): string {
  const { webhooks } = deps;
  const callSid = text(fields, 'CallSid');
  if (callSid === '') throw new HttpProblem('bad-webhook');
  const again = webhooks.repeatAnswer(callSid);
  if (again !== null) return again;
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
  const answer = webhooks.answer(call);
  return answer.ok ? answer.twiml : refuse(deps, callSid, answer.reason);
}

function refuse(deps: HttpDeps, callSid: string, reason: RefusalReason, agent?: string): string {
  deps.meter.count('calls_refused', 1, { reason });
  const named = agent === undefined ? {} : { agent: agent.slice(0, 100) };
  deps.logger.warn({ callSid, reason, ...named }, 'call refused');
  const { webhooks } = deps;
  const { says } = REFUSALS[reason];
  // Nobody else could take a call for an agent that does not exist.
  return reason === 'unknown-agent' ? webhooks.farewell(says) : webhooks.refusal(says);
}

function text(fields: FormFields, name: string): string {
  const value = fields[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
