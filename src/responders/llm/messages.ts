// The history of a conversation in the messages of the AI SDK.
import type { AssistantContent, ModelMessage, UserContent } from 'ai';
import { encodeWav } from '../../audio/wav.ts';
import type { Pcm } from '../../audio/units.ts';
import type { History, ModelStep, ModelTurn, ToolUse } from '../../dialogue/model-history.ts';

/** Behind words that the caller cut off. */
const INTERRUPTED = '[interrupted]';
/** Stands for the caller where the agent speaks first: several servers want the other party to begin. */
const BEGINNING = '(The call has begun.)';

export interface Asked {
  readonly text: string;
  readonly audio: Pcm<8000> | null;
}

/** The turns so far, then what the caller has just said, then what this turn has come to so far. */
export function messagesOf(
  history: History,
  asked: Asked | null,
  steps: readonly ModelStep[],
): readonly ModelMessage[] {
  const before = history.turns.flatMap(messagesOfTurn);
  const first: readonly ModelMessage[] =
    before[0]?.role === 'user' || (before.length === 0 && asked !== null)
      ? []
      : [{ role: 'user', content: BEGINNING }];
  const now: readonly ModelMessage[] = asked === null ? [] : [{ role: 'user', content: askedContent(asked) }];
  return merged([...first, ...before, ...now, ...steps.flatMap((step) => messagesOfStep(step, false))]);
}

function askedContent({ text, audio }: Asked): UserContent {
  if (audio === null) return text;
  return [{ type: 'file', mediaType: 'audio/wav', data: encodeWav([audio.samples], audio.rate) }];
}

function messagesOfTurn({ caller, steps, interrupted }: ModelTurn): readonly ModelMessage[] {
  const said: readonly ModelMessage[] = caller === null ? [] : [{ role: 'user', content: caller }];
  const told = steps.flatMap((step, index) =>
    messagesOfStep(step, interrupted && index === steps.length - 1),
  );
  return [...said, ...told];
}

function messagesOfStep({ clauses, uses }: ModelStep, interrupted: boolean): readonly ModelMessage[] {
  const text = [...clauses, ...(interrupted ? [INTERRUPTED] : [])].join(' ');
  const content: Exclude<AssistantContent, string> = [
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...uses.map(({ id, name, input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: name,
      input,
    })),
  ];
  if (content.length === 0) return [];
  const answer: ModelMessage = { role: 'assistant', content };
  return uses.length === 0 ? [answer] : [answer, { role: 'tool', content: uses.map(resultOf) }];
}

const resultOf = ({ id, name, output }: ToolUse) =>
  ({
    type: 'tool-result',
    toolCallId: id,
    toolName: name,
    output: { type: 'text', value: output },
  }) as const;

/** Two messages of the caller in a row are one: several servers refuse them otherwise. */
function merged(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const out: ModelMessage[] = [];
  for (const message of messages) {
    const last = out.at(-1);
    if (message.role === 'user' && last?.role === 'user' && isText(message.content) && isText(last.content)) {
      out[out.length - 1] = { role: 'user', content: `${last.content} ${message.content}` };
    } else out.push(message);
  }
  return out;
}

const isText = (content: unknown): content is string => typeof content === 'string';
