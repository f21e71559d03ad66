// One reply from cause to audio: the responder's clauses go to the synthesizer in order, each result reported as it comes.
import type { Mulaw8k } from '../audio/units.ts';
import type { Conversation, PhraseKind, ReplyPart, ResponderInput } from '../ports/responder.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { ReplyCause, TurnId } from '../turn/state.ts';

/** How a call ended whose time was up. */
export const TIME_UP = 'time-up';
/** How a call ended whose message a machine has recorded. */
export const MESSAGE_LEFT = 'message-left';

export interface ReplyRun {
  readonly turn: TurnId;
  readonly cause: ReplyCause;
  readonly conversation: Conversation;
  readonly synthesizer: Synthesizer;
  readonly signal: AbortSignal;
  readonly onClause: (text: string) => void;
  readonly onAudio: (audio: Mulaw8k, uninterruptible: boolean) => void;
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
      if (audio.length > 0) run.onAudio(audio, part.uninterruptible === true);
    }
    first = false;
  }
  return { hangUp };
}

const OWN_WORDS: readonly ReplyCause['kind'][] = ['apology', 'time-warning', 'time-up', 'message'];

/** Whether the conversation answers, or the call speaks for itself. */
export function isAsked(cause: ReplyCause): boolean {
  return !OWN_WORDS.includes(cause.kind);
}

async function* partsOf({ cause, conversation, turn, signal }: ReplyRun): AsyncIterable<ReplyPart> {
  switch (cause.kind) {
    case 'apology':
    case 'time-warning':
      yield phraseOf(conversation, cause.kind);
      return;
    case 'time-up':
      yield { kind: 'clause', text: conversation.phrase(cause.kind), uninterruptible: true };
      yield { kind: 'hang-up', outcome: TIME_UP };
      return;
    case 'message':
      yield { kind: 'clause', text: cause.text, uninterruptible: true };
      yield { kind: 'hang-up', outcome: MESSAGE_LEFT };
      return;
    case 'greeting':
    case 'silence':
    case 'heard':
    case 'keys':
      yield* conversation.reply(turn, inputOf(cause), signal);
  }
}

const phraseOf = (conversation: Conversation, kind: PhraseKind): ReplyPart => ({
  kind: 'clause',
  text: conversation.phrase(kind),
});

type AskedCause = Extract<ReplyCause, { kind: ResponderInput['kind'] }>;

function inputOf(cause: AskedCause): ResponderInput {
  switch (cause.kind) {
    case 'silence':
      return { kind: 'silence', count: cause.count };
    case 'heard':
      return { kind: 'heard', text: cause.text };
    case 'keys':
      return { kind: 'keys', digits: cause.digits };
    case 'greeting':
      return { kind: 'greeting' };
  }
}
