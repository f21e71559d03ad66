// One reply from cause to audio: the responder's clauses go to the synthesizer in order, each result reported as it comes.
import type { Mulaw8k } from '../audio/units.ts';
import type { Conversation, ReplyPart } from '../ports/responder.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { ReplyCause, TurnId } from '../turn/state.ts';

/** What the caller hears when something failed before the answer; the call goes on. */
export const APOLOGY = 'Sorry, something went wrong on my side. Could you say that again?';

/** What a call says of its own accord, whoever the agent is: made ready with the agents' prompts. */
export const CALL_CLAUSES: readonly string[] = [APOLOGY];

export interface ReplyRun {
  readonly turn: TurnId;
  readonly cause: ReplyCause;
  readonly conversation: Conversation;
  readonly synthesizer: Synthesizer;
  readonly signal: AbortSignal;
  readonly onClause: (text: string) => void;
  readonly onAudio: (audio: Mulaw8k) => void;
}

/**
 * Resolves once all audio of the reply has been reported, with the outcome to hang up with, if any.
 * @throws CallError of the responder or the synthesizer.
 */
export async function runReply(run: ReplyRun): Promise<{ readonly hangUp: string | null }> {
  let hangUp: string | null = null;
  let first = true;
  for await (const part of partsOf(run)) {
    run.signal.throwIfAborted();
    if (part.kind === 'hang-up') {
      hangUp = part.outcome;
      continue;
    }
    if (part.text.trim() === '') continue;
    run.onClause(part.text);
    const request = { text: part.text, voice: run.conversation.voice, first };
    for await (const audio of run.synthesizer.speak(request, run.signal)) {
      run.signal.throwIfAborted();
      if (audio.length > 0) run.onAudio(audio);
    }
    first = false;
  }
  return { hangUp };
}

async function* partsOf({ cause, conversation, turn, signal }: ReplyRun): AsyncIterable<ReplyPart> {
  switch (cause.kind) {
    case 'apology':
      yield { kind: 'clause', text: APOLOGY };
      return;
    case 'greeting':
      yield* conversation.reply(turn, { kind: 'greeting' }, signal);
      return;
    case 'silence':
      yield* conversation.reply(turn, { kind: 'silence', count: cause.count }, signal);
      return;
    case 'heard':
      yield* conversation.reply(turn, { kind: 'heard', text: cause.text }, signal);
  }
}
