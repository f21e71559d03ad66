// One reply from cause to audio: the responder's clauses go to the synthesizer in order, each result reported as it comes.
import { dtmfTones } from '../audio/dtmf.ts';
import type { Mulaw8k, Pcm } from '../audio/units.ts';
import type {
  Conversation,
  PhraseKind,
  ReplyControl,
  ReplyPart,
  ResponderInput,
} from '../ports/responder.ts';
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
  readonly control: ReplyControl;
  /** The caller's words as they sounded, where the conversation wants them. */
  readonly audio: Pcm<8000> | null;
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
  const { signal } = run.control;
  for await (const part of partsOf(run)) {
    signal.throwIfAborted();
    if (part.kind === 'tones') {
      // Nobody's words interrupt the keys: half of a number is of no use.
      run.onAudio(dtmfTones(part.digits), true);
      continue;
    }
    if (part.kind === 'hang-up') {
      hangUp = part.outcome;
      continue;
    }
    if (part.text.trim() === '') continue;
    run.onClause(part.text);
    const request = { text: part.text, voice: run.conversation.voice, first };
    for await (const audio of run.synthesizer.speak(request, signal)) {
      signal.throwIfAborted();
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

async function* partsOf({ cause, conversation, turn, control, audio }: ReplyRun): AsyncIterable<ReplyPart> {
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
      yield* conversation.reply(turn, inputOf(cause, audio), control);
  }
}

const phraseOf = (conversation: Conversation, kind: PhraseKind): ReplyPart => ({
  kind: 'clause',
  text: conversation.phrase(kind),
});

type AskedCause = Extract<ReplyCause, { kind: ResponderInput['kind'] }>;

function inputOf(cause: AskedCause, audio: Pcm<8000> | null): ResponderInput {
  switch (cause.kind) {
    case 'silence':
      return { kind: 'silence', count: cause.count };
    case 'heard':
      return { kind: 'heard', text: cause.text, ...(audio !== null && { audio }) };
    case 'keys':
      return { kind: 'keys', digits: cause.digits };
    case 'greeting':
      return { kind: 'greeting' };
  }
}
