// From a detector's verdict to an event: when the window was, how loud it is, and how loud an echo in it may be.
import { ms } from '../audio/units.ts';
import type { TurnEvent } from '../turn/state.ts';
import type { AgentAudio } from './agent-audio.ts';
import type { CallerAudio } from './caller-audio.ts';
import type { SlotVerdict } from './detector-slot.ts';

/** The agent's voice is back on the line within this: the round trip of a mobile call and the line's own buffers. */
const ECHO_WITHIN_MS = 400;
/** A window whose level is not known any more is nobody's echo. */
const LOUDEST_DBFS = 0;

export function windowEvent(
  { index, probability }: SlotVerdict,
  caller: CallerAudio,
  agent: AgentAudio,
): Extract<TurnEvent, { type: 'window' }> {
  const { from, to } = caller.windowSpan(index);
  const levelDbfs = caller.levelOf(index) ?? LOUDEST_DBFS;
  // The agent's audio is placed by the line's clock, which a stall may have left behind the media clock.
  const behindMs = caller.nowMs - caller.lineMs;
  const echoDbfs = agent.loudestDbfs(ms(from - behindMs - ECHO_WITHIN_MS), ms(to - behindMs));
  return { type: 'window', from, at: to, probability, levelDbfs, echoDbfs };
}
