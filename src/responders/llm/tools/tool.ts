// A tool as the conversation uses it: what it takes, whether it changes anything, and what becomes of it when nobody hears its turn.
import type { FlexibleSchema } from 'ai';
import type { Callbacks, Messenger, Transfers } from '../../../ports/call-services.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { OptOuts } from '../../../ports/outbound.ts';
import type { CallFacts, ReplyPart } from '../../../ports/responder.ts';
import type { Logger } from '../../../ports/telemetry.ts';

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly input: FlexibleSchema;
  /** `lasting`: it changes something in the world, and is not begun before the turn is over. */
  readonly effects: 'none' | 'lasting';
  /** Of a turn that nobody heard: the model keeps its result, or it is undone and forgotten. */
  readonly afterCancel: 'keep' | 'undo';
  run(input: unknown, call: ToolCall): Promise<ToolOutcome>;
  /** Only of tools with `undo`. */
  undo?(input: unknown, output: string, call: ToolCall): Promise<void>;
}

export interface ToolOutcome {
  /** What the model is told. */
  readonly output: string;
  /** What the reply ends with: the model is not asked again. */
  readonly end?: {
    /** Said where the model has said nothing. */
    readonly say: string;
    readonly outcome: string;
  };
  /** Played into the line. */
  readonly part?: ReplyPart;
}

/** What a tool knows of the call that it works for. */
export interface ToolCall {
  readonly facts: CallFacts;
  readonly agent: string;
  /** All variables of the call, also those that the model does not know. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly services: CallServices;
  /** For the call's record. */
  readonly collect: (name: string, value: string) => void;
}

export interface CallServices {
  readonly optOuts: OptOuts;
  readonly transfers: Transfers;
  /** Null where no account may send them. */
  readonly messenger: Messenger | null;
  /** Null where nothing is kept. */
  readonly callbacks: Callbacks | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a tool throws to tell the model why it did not work; any other error is told as a failure without details. */
export class ToolFault extends Error {
  override readonly name = 'ToolFault';
}

/** The other party's number. */
export const partyOf = ({ direction, from, to }: CallFacts): string => (direction === 'outbound' ? to : from);
