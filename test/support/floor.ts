// Drives the turn machine in tests: speech and silence by duration, results by kind, and everything that came out.
import { ms } from '../../src/audio/units.ts';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../../src/turn/policy.ts';
import type { Fit, TurnCommand, TurnEvent, TurnState } from '../../src/turn/state.ts';
import { INITIAL_TURN_STATE, step } from '../../src/turn/step.ts';

const WINDOW_MS = 32;

type EventWithoutTime = TurnEvent extends infer E
  ? E extends { at: unknown }
    ? Omit<E, 'at'>
    : never
  : never;

export interface FloorStep {
  readonly before: TurnState;
  readonly event: TurnEvent;
  readonly after: TurnState;
  readonly commands: readonly TurnCommand[];
}

export class FloorDriver {
  state: TurnState = INITIAL_TURN_STATE;
  at = 0;
  commands: TurnCommand[] = [];
  /** Of the caller's line, and of the agent's voice that may come back on it. */
  levelDbfs = -20;
  echoDbfs = -100;
  /** Of the speech model, in every text. */
  confidence = 0.9;
  readonly policy: TurnPolicy;
  /** Told of every step. */
  onStep: ((step: FloorStep) => void) | null = null;

  constructor(policy: TurnPolicy = DEFAULT_TURN_POLICY) {
    this.policy = policy;
  }

  /** Steps once; returns what this event alone caused. */
  send(event: EventWithoutTime): readonly TurnCommand[] {
    const timed: TurnEvent = { ...event, at: ms(this.at) };
    const before = this.state;
    const [next, commands] = step(before, timed, this.policy);
    this.state = next;
    this.commands.push(...commands);
    this.onStep?.({ before, event: timed, after: next, commands });
    return commands;
  }

  window(probability: number): readonly TurnCommand[] {
    const from = ms(this.at);
    this.at += WINDOW_MS;
    const level = { levelDbfs: this.levelDbfs, echoDbfs: this.echoDbfs };
    return this.send({ type: 'window', from, probability, ...level });
  }

  #windows(durationMs: number, probability: number): TurnCommand[] {
    const out: TurnCommand[] = [];
    for (let passed = 0; passed < durationMs; passed += WINDOW_MS) out.push(...this.window(probability));
    return out;
  }

  speech(durationMs: number): TurnCommand[] {
    return this.#windows(durationMs, 0.95);
  }

  /** A sound that the detector takes for speech without being certain. */
  noise(durationMs: number): TurnCommand[] {
    return this.#windows(durationMs, 0.7);
  }

  silence(durationMs: number): TurnCommand[] {
    return this.#windows(durationMs, 0.02);
  }

  /** The turn that is being worked on or played. */
  get turn(): number {
    const { floor } = this.state;
    if (!('turn' in floor)) throw new Error(`no turn while ${floor.kind}`);
    return floor.turn;
  }

  get kind(): string {
    return this.state.floor.kind;
  }

  hear(
    text: string,
    known: { turn?: number; fit?: Fit; ending?: number; asked?: boolean } = {},
  ): readonly TurnCommand[] {
    const { turn = this.turn, fit = 'unknown', ending = null, asked = false } = known;
    return this.send({
      type: 'transcript',
      turn,
      words: { text, fit, ending, confidence: this.confidence, lastSound: null },
      asked,
    });
  }

  audio(durationMs: number, turn = this.turn, uninterruptible = false): readonly TurnCommand[] {
    return this.send({ type: 'reply-audio', turn, durationMs: ms(durationMs), uninterruptible });
  }

  end(hangUp: string | null = null, turn = this.turn): readonly TurnCommand[] {
    return this.send({ type: 'reply-end', turn, hangUp });
  }

  /** The caller says a whole answer, which is released at the decision without any audio yet. */
  saysAndWaits(text: string, speechMs = 500): readonly TurnCommand[] {
    const said = [...this.speech(speechMs), ...this.silence(this.policy.minSilenceMs)];
    const heard = this.hear(text, { fit: 'whole' });
    return [...said, ...heard, ...this.silence(this.policy.shortWaitMs)];
  }

  /** Plays a reply of the current turn to its end. */
  playReply(durationMs = 1000, hangUp: string | null = null): readonly TurnCommand[] {
    const { turn } = this;
    this.audio(durationMs, turn);
    this.end(hangUp, turn);
    if (this.kind === 'endpointing') this.silence(this.policy.longWaitMs + WINDOW_MS);
    this.silence(durationMs);
    return this.send({ type: 'playout-end', turn });
  }

  /** Greets and opens the line. */
  answerCall(): this {
    this.send({ type: 'call-started' });
    this.playReply(500);
    this.commands = [];
    return this;
  }

  count(type: TurnCommand['type']): number {
    return this.commands.filter((command) => command.type === type).length;
  }
}
