// Decides how a call is answered: by which agent, with the same words again, or with a polite refusal.
import { REFUSALS, type RefusalReason } from '../ports/admission.ts';
import type { FormFields, HttpDeps, VoiceCall } from './deps.ts';
import { HttpProblem } from './problem.ts';

/** What the address of the webhook asks for. */
export interface Asked {
  readonly agent: string | undefined;
  /** The id of a call that we made. */
  readonly attempt: string | undefined;
}

/** @throws HttpProblem `bad-webhook` when the fields name no call. */
export async function voiceTwiml(deps: HttpDeps, fields: FormFields, asked: Asked): Promise<string> {
  const { webhooks } = deps;
  const callSid = text(fields, 'CallSid');
  if (callSid === '') throw new HttpProblem('bad-webhook');
  const again = webhooks.repeatAnswer(callSid);
  if (again !== null) return again;
  if (asked.attempt !== undefined) return outboundTwiml(deps, fields, asked.attempt);
  const to = text(fields, 'To');
  const agent = asked.agent === undefined || asked.agent === '' ? webhooks.agentFor(to) : asked.agent;
  const variables = {};
  return answered(deps, fields, { agent, variables });
}

/** Nobody is to hear an agent that does not know whom it calls and why. */
async function outboundTwiml(deps: HttpDeps, fields: FormFields, attempt: string): Promise<string> {
  const callSid = text(fields, 'CallSid');
  const made = await deps.webhooks.outboundCall(attempt, callSid);
  if (made === null) {
    deps.logger.warn({ callSid }, 'a call that nobody knows of was answered');
    return deps.webhooks.hangUp();
  }
  const { agent, variables, plan } = made;
  return answered(deps, fields, { agent, variables, outbound: plan });
}

function answered(
  deps: HttpDeps,
  fields: FormFields,
  about: Pick<VoiceCall, 'agent' | 'variables' | 'outbound'>,
): string {
  const { webhooks } = deps;
  const { agent } = about;
  const callSid = text(fields, 'CallSid');
  if (!webhooks.hasAgent(agent)) return refuse(deps, callSid, 'unknown-agent', agent);
  const call: VoiceCall = {
    ...about,
    callSid,
    from: text(fields, 'From'),
    to: text(fields, 'To'),
    direction: text(fields, 'Direction').startsWith('outbound') ? 'outbound' : 'inbound',
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
