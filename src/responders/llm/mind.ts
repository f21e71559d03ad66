// A language model as the mind of one conversation: asks it, speaks its clauses as they come, runs its tools.
import { DateTime } from 'luxon';
import { ms } from '../../audio/units.ts';
import { createClauseChunker } from '../../dialogue/clauses.ts';
import { createLineJoiner, speakable } from '../../dialogue/speakable.ts';
import { CallError } from '../../ports/errors.ts';
import type { CallFacts, HeardExtent, ReplyControl, ReplyPart } from '../../ports/responder.ts';
import { answerOf } from './answer.ts';
import type { Endpoint } from './endpoints.ts';
import type { Rails, ReplyGuard } from './guard-rails.ts';
import { ModelMemory, nextStep, type Working, type WorkingStep } from './memory.ts';
import { messagesOf, type Asked } from './messages.ts';
import { ModelError } from './model-error.ts';
import type { ModelFile } from './model-schema.ts';
import { FINISH_TOOL, FINISHED, systemPrompt, type Goal } from './prompt.ts';
import { orQuiet, QUIET, withQuiet } from './quiet.ts';
import { CallSpending, costOf, type DaySpending, type Tokens } from './spending.ts';
import { runTools, type ToolRunResult, type WantedTool } from './tool-run.ts';
import type { Toolbox } from './tools/toolbox.ts';
import type { CallServices, ModelTool } from './tools/tool.ts';

export interface MindDeps {
  readonly agent: string;
  readonly timezone: string;
  readonly model: ModelFile;
  readonly rails: Rails;
  readonly endpoints: readonly Endpoint[];
  readonly toolbox: Toolbox;
  readonly day: DaySpending;
  readonly facts: CallFacts;
  /** Of the file and the call. */
  readonly variables: Readonly<Record<string, string>>;
  readonly filler: string;
  readonly services: CallServices;
}

/** A part of the conversation that the model has for itself. */
export interface Assignment {
  /** Null: the whole conversation. */
  readonly goal: Goal | null;
  /** Takes what was collected; ends the assignment. */
  readonly finish: ModelTool | null;
}

export interface MindAsk extends Assignment {
  readonly turn: number;
  /** Null where the model speaks first. */
  readonly asked: Asked | null;
}

export type MindPart =
  | ReplyPart
  /** The assignment is done; `input` fits its schema. */
  | { readonly kind: 'finished'; readonly input: Readonly<Record<string, unknown>> }
  /** The call has used up its tokens. */
  | { readonly kind: 'exhausted' };

/** Requests of one turn: each but the last one asks for tools. */
const MOST_STEPS = 6;
/** Nothing more has come for this long: what there is goes alone. */
const QUIET_MS = ms(250);
const FILLER_AFTER_MS = ms(1_000);
/** How long the next turn waits for a tool of a cancelled one. */
const LINGER_MS = ms(3_000);

/** One turn while it is answered. */
interface Answering {
  readonly ask: MindAsk;
  readonly working: Working;
  readonly control: ReplyControl;
  readonly tools: ReadonlyMap<string, ModelTool>;
  readonly guard: ReplyGuard;
}

export class ModelMind {
  readonly #deps: MindDeps;
  readonly #memory: ModelMemory;
  readonly #spending = new CallSpending();
  readonly #collected = new Map<string, string>();
  /** Requests thrown away since something was heard. */
  #discardedInRow = 0;
  /** Tools of cancelled turns that are still at work. */
  readonly #lingering = new Set<Promise<unknown>>();

  constructor(deps: MindDeps) {
    this.#deps = deps;
    this.#memory = new ModelMemory(deps.services.logger);
  }

  get memory(): Pick<ModelMemory, 'history' | 'add' | 'note'> {
    return this.#memory;
  }

  /** @throws CallError `responder-failed`, `cancelled`. */
  async *reply(ask: MindAsk, control: ReplyControl): AsyncIterable<MindPart> {
    const working = this.#memory.begin(ask.turn, ask.asked?.text ?? null);
    try {
      const instead = ask.asked === null ? null : this.#deps.rails.insteadOfAnswering(ask.asked.text);
      if (instead !== null) yield say(nextStep(working), instead);
      else if (this.#spending.tokens >= this.#deps.model.maxTokensPerCall) yield { kind: 'exhausted' };
      else yield* this.#answer(ask, working, control);
    } catch (error) {
      if (control.signal.aborted)
        throw new CallError('cancelled', 'The reply was cancelled.', { cause: error });
      if (error instanceof CallError) throw error;
      throw new CallError('responder-failed', (error as Error).message, { cause: error });
    }
  }

  async *#answer(ask: MindAsk, working: Working, control: ReplyControl): AsyncIterable<MindPart> {
    const { toolbox, rails } = this.#deps;
    await this.#lingered();
    const tools = toolbox.tools();
    if (ask.finish !== null) tools.set(FINISH_TOOL, ask.finish);
    const answering: Answering = { ask, working, control, tools, guard: rails.forReply() };
    for (let count = 0; count < MOST_STEPS; count += 1) {
      const step = nextStep(working);
      const wanted: WantedTool[] = [];
      for await (const part of this.#said(answering, step)) {
        if (part === 'withheld') return;
        if ('id' in part) wanted.push(part);
        else yield part;
      }
      if (wanted.length === 0) return;
      const run = this.#run(wanted, step, answering);
      // Before the turn is over nobody waits, and some tools do not begin.
      await Promise.race([run, control.released]);
      if ((await orQuiet(run, FILLER_AFTER_MS, this.#deps.services.clock)) === QUIET)
        yield say(step, this.#deps.filler);
      const ending = [...this.#ending(await run, step, working)];
      yield* ending;
      if (ending.some(({ kind }) => kind === 'hang-up' || kind === 'finished')) return;
    }
    throw new ModelError('bad-answer', `${MOST_STEPS} rounds of tools without an answer`);
  }

  /** What tools lead to besides another request. */
  *#ending({ end, parts }: ToolRunResult, step: WorkingStep, { steps }: Working): Iterable<MindPart> {
    yield* parts;
    const finished = step.uses.find(({ name, output }) => name === FINISH_TOOL && output === FINISHED);
    if (finished !== undefined) {
      yield { kind: 'finished', input: finished.input as Readonly<Record<string, unknown>> };
    } else if (end !== null) {
      if (steps.every(({ clauses }) => clauses.length === 0)) yield say(step, end.say);
      yield { kind: 'hang-up', outcome: end.outcome };
    }
  }

  /** One answer of the model as it may be heard, and the tools that it asks for. */
  async *#said(answering: Answering, step: WorkingStep): AsyncIterable<ReplyPart | WantedTool | 'withheld'> {
    for await (const part of this.#request(answering)) {
      if (typeof part !== 'string') {
        yield part;
        continue;
      }
      const text = speakable(part);
      if (text === '') continue;
      const instead = answering.guard.insteadOfSaying(text);
      yield say(step, instead ?? text);
      if (instead === null) continue;
      this.#deps.services.logger.warn({ turn: answering.ask.turn }, 'a reply of the model was withheld');
      yield 'withheld';
      return;
    }
  }

  /** Clauses as the model writes them, then the tools that it asks for. */
  async *#request({ ask, working, tools, control }: Answering): AsyncIterable<string | WantedTool> {
    const { model, endpoints, services } = this.#deps;
    const { clock } = services;
    const chunker = createClauseChunker(working.steps.length > 1 ? 'within-reply' : 'reply-start');
    const lines = createLineJoiner();
    const request = {
      endpoints,
      system: this.#system(ask.goal),
      messages: messagesOf(this.#memory.history, ask.asked, working.steps.slice(0, -1)),
      tools: [...tools.values()],
      maxTokens: model.maxTokensPerTurn,
      firstTokenMs: model.firstTokenMs,
      stallMs: model.stallMs,
      totalMs: model.totalMs,
      clock,
      onRequest: () => {
        working.requests += 1;
        this.#spending.requested();
      },
      onTokens: ({ file }: Endpoint, tokens: Tokens) => {
        const usd = costOf(file, tokens);
        this.#spending.add(tokens, usd);
        if (usd !== null) this.#deps.day.add(usd);
      },
    };
    for await (const part of withQuiet(answerOf(request, control.signal), QUIET_MS, clock)) {
      if (part === QUIET) yield* chunker.pause();
      else if (part.kind === 'text') yield* chunker.push(lines.push(part.text));
      else {
        yield* chunker.end();
        yield part;
      }
    }
    yield* chunker.end();
  }

  #run(
    wanted: readonly WantedTool[],
    step: WorkingStep,
    { working, tools, control }: Answering,
  ): Promise<ToolRunResult> {
    const { facts, agent, variables, services } = this.#deps;
    const collect = (name: string, value: string): void => {
      this.#collected.set(name, value);
    };
    const call = { facts, agent, variables, services, collect };
    const run = runTools({
      wanted,
      tools,
      call,
      control,
      onUse: (use, tool) => {
        if (tool?.afterCancel === 'undo' && !use.output.startsWith('Error:')) {
          const undone = { ...call, signal: new AbortController().signal };
          working.undo.push(async () => tool.undo?.(use.input, use.output, undone));
        }
        this.#memory.used(working, step, use);
      },
    });
    const tracked: Promise<unknown> = run
      .catch(() => undefined)
      .finally(() => {
        this.#lingering.delete(tracked);
      });
    this.#lingering.add(tracked);
    return run;
  }

  async #lingered(): Promise<void> {
    if (this.#lingering.size === 0) return;
    await orQuiet(Promise.all(this.#lingering), LINGER_MS, this.#deps.services.clock);
  }

  #system(goal: Goal | null): string {
    const { model, timezone, variables, facts, services } = this.#deps;
    const shared = Object.fromEntries(
      model.share.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])),
    );
    const now = DateTime.fromJSDate(services.clock.date(), { zone: timezone }).toFormat(
      'cccc, d LLLL yyyy, h:mm a',
    );
    return systemPrompt(model, { now, shared, direction: facts.direction }, goal);
  }

  /** As of a Conversation; false for a turn that is not the model's, which changes nothing. */
  settle(turn: number, extent: HeardExtent, heardText: string): boolean {
    const working = this.#memory.settle(turn, extent, heardText);
    if (working === null) return false;
    if (extent !== 'all') this.#deps.services.transfers.drop(this.#deps.facts.callSid);
    if (extent !== 'none') {
      this.#discardedInRow = 0;
      return true;
    }
    this.#spending.discarded(working.requests);
    if (working.requests > 0) this.#discardedInRow += 1;
    return true;
  }

  /** At most one request a turn is paid for in vain. */
  mayPrepare(): boolean {
    const { model, day } = this.#deps;
    if (model.speculation === 'never' || this.#discardedInRow > 0) return false;
    return model.price === undefined || day.usd < model.dailyBudgetUsd;
  }

  collected(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#collected);
  }

  counters(): Readonly<Record<string, number>> {
    return this.#spending.counters();
  }
}

function say(step: WorkingStep, text: string): ReplyPart {
  step.clauses.push(text);
  return { kind: 'clause', text };
}
