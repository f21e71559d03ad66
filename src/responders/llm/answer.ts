// One answer from the first model that gives it: those that fail, rest or are busy are passed over, and a broken one is gone on with.
import type { ModelMessage } from 'ai';
import type { Clock } from '../../ports/clock.ts';
import { ms } from '../../audio/units.ts';
import type { Endpoint } from './endpoints.ts';
import { ModelError, modelErrorOf } from './model-error.ts';
import { streamModel, type ModelPart, type ToolOffer } from './model-request.ts';
import type { Tokens } from './spending.ts';

export interface AnswerRequest {
  readonly endpoints: readonly Endpoint[];
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolOffer[];
  readonly maxTokens: number;
  readonly firstTokenMs: number;
  readonly stallMs: number;
  /** For all models together. */
  readonly totalMs: number;
  readonly clock: Clock;
  /** Told of each request that was begun, also of one whose end is never seen. */
  readonly onRequest: (endpoint: Endpoint) => void;
  readonly onTokens: (endpoint: Endpoint, tokens: Tokens) => void;
}

/** A broken answer is gone on with so often. */
const MOST_BREAKS = 2;
const GO_ON =
  'Your last message was cut off on its way. Go on exactly where it ends, without repeating or announcing anything.';

/**
 * Text and tool calls; the end is not told. @throws ModelError of the last model when all have failed
 * @throws the signal's reason.
 */
export async function* answerOf(
  request: AnswerRequest,
  signal: AbortSignal,
): AsyncIterable<Exclude<ModelPart, { kind: 'end' }>> {
  const { endpoints, clock, totalMs } = request;
  const deadline = clock.now() + totalMs;
  const said: string[] = [];
  let breaks = 0;
  let last = new ModelError('unreachable', 'no model is named');
  const order = [...endpoints.filter((one) => !one.resting()), ...endpoints.filter((one) => one.resting())];
  for (let index = 0; index < order.length;) {
    const endpoint = order[index];
    const leftMs = deadline - clock.now();
    if (endpoint === undefined || leftMs <= 0) break;
    try {
      yield* attempt(endpoint, { request, said, leftMs }, signal);
      endpoint.worked();
      return;
    } catch (error) {
      signal.throwIfAborted();
      last = modelErrorOf(error);
      endpoint.failed(last);
      // What had words already may go on with the same model; without another one it is asked again.
      const mayRepeat = last.code === 'broken-stream' && breaks < MOST_BREAKS;
      breaks += 1;
      if (!mayRepeat || index < order.length - 1) index += 1;
    }
  }
  throw last;
}

type ToolCallPart = Extract<ModelPart, { kind: 'tool-call' }>;

interface Attempt {
  readonly request: AnswerRequest;
  /** Words of an answer that broke off; what follows is added. */
  readonly said: string[];
  readonly leftMs: number;
}

async function* attempt(
  endpoint: Endpoint,
  { request, said, leftMs }: Attempt,
  signal: AbortSignal,
): AsyncIterable<Exclude<ModelPart, { kind: 'end' }>> {
  const { system, tools, maxTokens, stallMs, clock, onRequest, onTokens } = request;
  const time = new AbortController();
  const stopTimer = clock.after(ms(leftMs), () => {
    time.abort(new ModelError('timeout', `no answer within ${request.totalMs} ms`));
  });
  const both = AbortSignal.any([signal, time.signal]);
  let leave: (() => void) | null = null;
  try {
    leave = await endpoint.queue.enter(both);
    const model = await endpoint.model();
    onRequest(endpoint);
    const { temperature } = endpoint.file;
    const firstTokenMs = Math.min(request.firstTokenMs, leftMs);
    const messages = continued(request.messages, said.join(''));
    const one = { model, system, messages, tools, temperature, maxTokens, firstTokenMs, stallMs, clock };
    let isEmpty = said.length === 0;
    // Tools of an answer that breaks off are asked for again by the next one.
    const calls: ToolCallPart[] = [];
    for await (const part of streamModel(one, both)) {
      if (part.kind === 'text') {
        said.push(part.text);
        isEmpty = isEmpty && part.text.trim() === '';
        yield part;
      } else if (part.kind === 'tool-call') {
        calls.push(part);
        isEmpty = false;
      } else onTokens(endpoint, part.tokens);
    }
    yield* calls;
    if (isEmpty) throw new ModelError('bad-answer', 'an answer without words');
  } finally {
    stopTimer();
    leave?.();
  }
}

const continued = (messages: readonly ModelMessage[], said: string): readonly ModelMessage[] =>
  said.trim() === ''
    ? messages
    : [...messages, { role: 'assistant', content: said }, { role: 'user', content: GO_ON }];
