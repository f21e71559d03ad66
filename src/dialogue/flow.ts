// The types of a scripted conversation: its steps, what was understood of an answer, and where the conversation stands.

export type SlotKind =
  'yes-no' | 'number' | 'date' | 'time' | 'phone-number' | 'name' | 'free-text' | 'phrases' | 'text';

/** What a conversation knows under one name. `plain` is for records (2026-12-03, 16:00, +12125550123), `spoken` for the voice. */
export interface SlotValue {
  readonly kind: SlotKind;
  readonly plain: string;
  readonly spoken: string;
}

export interface SlotFill {
  readonly slot: string;
  readonly value: SlotValue;
}

/** Where a step goes on: the name of another step. */
export type Target = string;

export interface Option {
  readonly name: string;
  readonly wordings: readonly string[];
  /** The telephone key that stands for it, one of 0-9 and `*`; null: it has none. */
  readonly key: string | null;
  readonly go: Target;
}

export type Answer =
  /** Says its text and goes on at once. */
  | { readonly kind: 'none'; readonly go: Target }
  /** Says its text and hangs up. */
  | { readonly kind: 'end'; readonly outcome: string }
  | { readonly kind: 'yes-no'; readonly into: string | null; readonly yes: Target; readonly no: Target }
  | { readonly kind: 'phrases'; readonly into: string | null; readonly options: readonly Option[] }
  | {
      readonly kind: 'number';
      readonly into: string;
      readonly go: Target;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'date'; readonly into: string; readonly go: Target; readonly withinDays: number }
  /** Times outside of the two hours (0-24, the latest included) are refused; they also decide between a.m. and p.m. */
  | {
      readonly kind: 'time';
      readonly into: string;
      readonly go: Target;
      readonly earliest: number;
      readonly latest: number;
    }
  /** With `minDigits`, a local number of at least that many digits is enough; without, a whole number of the country. */
  | {
      readonly kind: 'phone-number';
      readonly into: string;
      readonly go: Target;
      readonly minDigits: number | null;
    }
  | { readonly kind: 'name' | 'free-text'; readonly into: string; readonly go: Target }
  | ModelAnswer;

/** A language model talks until it has reached its goal. */
export interface ModelAnswer {
  readonly kind: 'model';
  /** Null: it has the whole conversation, and only its tools end it. */
  readonly goal: string | null;
  /** Slots that it fills, by name. */
  readonly fields: Readonly<Record<string, ModelField>>;
  /** Where it may lead instead of `go`, by the name that it knows. */
  readonly exits: Readonly<Record<string, Target>>;
  readonly go: Target;
}

/** What a field takes; checked when the model hands it in. */
export interface ModelField {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly description?: string | undefined;
  readonly values?: readonly string[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly optional?: true | undefined;
}

/** Said one after the other, `times` in all; the last one is repeated. */
export interface Prompts {
  readonly say: readonly string[];
  readonly times: number;
}

export interface Step {
  readonly name: string;
  /** May hold `{{slot}}`. */
  readonly say: string;
  /** The text is played to its end, whatever the caller says meanwhile. */
  readonly uninterruptible: boolean;
  /** The question in short, for `{{question}}` in prompts; the step's text when absent. */
  readonly again: string | null;
  readonly answer: Answer;
  /** Other slots that the same answer may fill; steps that ask for them are then passed over. */
  readonly also: readonly string[];
  /** Slots that the answer may change in place ("no, make it four o'clock"). */
  readonly corrects: readonly string[];
  /** Where a corrected or once more asked slot leads back to; the step itself when null. */
  readonly back: Target | null;
  /** The step is passed over to `otherwise` unless all of these slots are filled. */
  readonly needs: readonly string[];
  readonly otherwise: Target | null;
  /** Slots given and slots forgotten when the step is entered. */
  readonly set: Readonly<Record<string, string>>;
  readonly clear: readonly string[];
  readonly reprompts: Prompts;
  /** After the last reprompt. */
  readonly giveUp: Target;
}

/** What a step has where nothing is said of it. */
export const PLAIN_STEP = {
  uninterruptible: false,
  again: null,
  also: [],
  corrects: [],
  back: null,
  needs: [],
  otherwise: null,
  set: {},
  clear: [],
} as const satisfies Partial<Step>;

/** Accepted in every step. Without `go` the step's text is said again. */
export interface AnywherePhrase {
  readonly name: string;
  readonly wordings: readonly string[];
  readonly go: Target | null;
}

export interface Flow {
  readonly greeting: string;
  /** The greeting is played to its end; the first step's text goes by its own mark. */
  readonly greetingUninterruptible?: true;
  readonly start: Target;
  readonly steps: ReadonlyMap<string, Step>;
  readonly anywhere: readonly AnywherePhrase[];
  readonly silence: Prompts;
  /** Where the last silence prompt without an answer leads; ends the conversation. */
  readonly goodbye: Target;
  readonly variables: Readonly<Record<string, string>>;
}

/** What a caller meant, as the responder's understanding gives it in. */
export type Understood =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'anywhere'; readonly name: string }
  | { readonly kind: 'yes' | 'no' }
  | {
      readonly kind: 'option';
      readonly name: string;
      readonly spoken: string;
      readonly also: readonly SlotFill[];
    }
  | { readonly kind: 'value'; readonly value: SlotValue; readonly also: readonly SlotFill[] }
  | { readonly kind: 'corrections'; readonly fills: readonly SlotFill[] }
  /** A slot is said to be wrong without saying what is right. */
  | { readonly kind: 'wrong'; readonly slot: string }
  /** Understood, but not acceptable; the reason is said and the question asked again. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Where a conversation stands. Plain data; a new one is made for every turn. */
export interface FlowState {
  /** A step that waits for an answer, or that ended the conversation. */
  readonly step: string;
  readonly slots: Readonly<Record<string, SlotValue>>;
  /** Answers in a row that were not understood. */
  readonly misses: number;
  /** Where the next value leads back to, when a slot is asked for once more. */
  readonly back: Target | null;
}

/** What the caller may answer now. `phrases` are short texts for the speech model, at most MAX_EXPECTED. */
export interface Expectation {
  readonly kind: Answer['kind'];
  readonly phrases: readonly string[];
}

export interface FlowTurn {
  readonly state: FlowState;
  /** In the order in which they are said, every `{{slot}}` filled. */
  readonly say: readonly string[];
  /** Which of `say`, by index, are played to their end. */
  readonly uninterruptible: readonly number[];
  readonly expect: Expectation;
  /** The outcome, when the conversation ends once this was said; else null. */
  readonly end: string | null;
}

/** The slot that a step's answer goes into, or null. */
export function slotOf(step: Step): string | null {
  return 'into' in step.answer ? step.answer.into : null;
}

/** Every slot that an answer to the step may fill. */
export function slotsOf(step: Step): readonly string[] {
  if (step.answer.kind === 'model') return Object.keys(step.answer.fields);
  const slot = slotOf(step);
  return slot === null ? [] : [slot];
}

/** Those of them that are filled for certain when the step goes on. */
export function certainSlotsOf(step: Step): readonly string[] {
  if (step.answer.kind !== 'model') return slotsOf(step);
  return Object.entries(step.answer.fields).flatMap(([name, { optional }]) =>
    optional === true ? [] : [name],
  );
}

/** The step that asks for a slot: the first one of the file. */
export function askingStepOf(flow: Flow, slot: string): Step | null {
  for (const step of flow.steps.values()) if (slotsOf(step).includes(slot)) return step;
  return null;
}

/** Every step that a step may lead to by itself or by an answer; `giveUp` and `anywhere` not counted. */
export function targetsOf(step: Step): Target[] {
  const { answer } = step;
  const targets: Target[] = [];
  if ('go' in answer) targets.push(answer.go);
  if (answer.kind === 'yes-no') targets.push(answer.yes, answer.no);
  if (answer.kind === 'phrases') targets.push(...answer.options.map((option) => option.go));
  if (answer.kind === 'model') targets.push(...Object.values(answer.exits));
  if (step.otherwise !== null) targets.push(step.otherwise);
  if (step.back !== null) targets.push(step.back);
  return targets;
}

/** The names in a text's `{{name}}` places. */
export function placesOf(text: string): string[] {
  return Array.from(text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g), (match) => match[1] ?? '');
}
