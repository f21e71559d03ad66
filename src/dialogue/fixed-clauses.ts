// Lists the clauses of a flow that no caller changes, cut as the conversation will cut them, so that they can be made ready.
import { filled, promptOf, refusalOf, type Slots } from './flow-texts.ts';
import { placesOf, slotOf, type Flow, type SlotValue, type Step, type Target } from './flow.ts';
import { clausesOfSaid, type Said } from './said.ts';
import { spokenText } from './spoken.ts';

/** Two values of each form that a place may take: what comes out the same with both is fixed. They share no clause. */
const SAMPLES = [
  ['Xavier', 'Yolanda'],
  ['four p.m.', 'nine a.m.'],
  ['Thursday, December third', 'Monday, January second'],
  ['five five five, zero one two three', 'six six, eight seven'],
  ['I called before. Please hurry', 'Nobody came! Do send help'],
] as const;

/** Ways through one flow that are looked at, the shortest first; those beyond are made ready when they are first said. */
const MAX_REPLIES = 500;

/** One reply with its places filled. The greeting's places take what the file gives them unless the call knows better. */
type Reply = (slots: Slots) => readonly Said[];

/** Why a step may refuse an answer, in the words in which that is said. */
export type ReasonsAt = (step: Step) => readonly string[];

/**
 * In the order in which a call may need them. A clause with a place counts where the file gives the place its value.
 * What is left out of a very large flow, or is cut differently by an unforeseen value, is merely not known beforehand.
 */
export function fixedClausesOf(flow: Flow, reasonsAt: ReasonsAt): readonly string[] {
  const clauses = new Set<string>();
  const names = placesIn(flow);
  const given = givenSlots(flow);
  for (const reply of repliesOf(flow, reasonsAt)) {
    for (const clause of fixedIn(reply, names, given)) clauses.add(clause);
  }
  return [...clauses];
}

function fixedIn(reply: Reply, names: readonly string[], given: Slots): Iterable<string> {
  const [one, other] = SAMPLES[0];
  const said = reply(sampleSlots(names, one));
  // Most replies have no places: whatever is filled in, nothing else comes of them.
  if (sameTexts(said, reply(sampleSlots(names, other)))) return clausesOf(said);
  const fixed = new Set<string>();
  for (const [first, second] of SAMPLES) {
    for (const known of [given, {}]) {
      const clauses = clausesOf(reply({ ...sampleSlots(names, first), ...known }));
      const others = new Set(clausesOf(reply({ ...sampleSlots(names, second), ...known })));
      for (const clause of clauses) if (others.has(clause)) fixed.add(clause);
    }
  }
  return fixed;
}

function clausesOf(said: readonly Said[]): string[] {
  return clausesOfSaid(said).map(({ text }) => text);
}

function sameTexts(one: readonly Said[], other: readonly Said[]): boolean {
  return one.every(({ text }, index) => text === other[index]?.text);
}

function givenSlots(flow: Flow): Slots {
  return Object.fromEntries(
    Object.entries(flow.variables).map(([name, plain]) => [name, textSlot(spokenText(plain))]),
  );
}

function placesIn(flow: Flow): readonly string[] {
  const stepTexts = [...flow.steps.values()].flatMap(({ say, again, reprompts }) => [
    say,
    again ?? '',
    ...reprompts.say,
  ]);
  return [flow.greeting, ...flow.silence.say, ...stepTexts].flatMap(placesOf);
}

function sampleSlots(names: readonly string[], sample: string): Slots {
  return Object.fromEntries(names.map((name) => [name, textSlot(sample)]));
}

const textSlot = (spoken: string): SlotValue => ({ kind: 'text', plain: spoken, spoken });

function* repliesOf(flow: Flow, reasonsAt: ReasonsAt): Generator<Reply> {
  const asking = [...flow.steps.values()].filter(asks);
  const greeting = { text: flow.greeting, uninterruptible: flow.greetingUninterruptible === true };
  yield* saidTogether(flow, [greeting], [flow.start]);
  yield* saidTogether(flow, [], turnTargets(flow, asking));
  for (const step of asking) yield* repliesAt(flow, step, reasonsAt(step));
}

/** The replies that stay at a step. */
function* repliesAt(flow: Flow, step: Step, reasons: readonly string[]): Generator<Reply> {
  // "Repeat that."
  yield (slots) => [{ text: filled(step.say, slots), uninterruptible: step.uninterruptible }];
  for (const { say, times } of [step.reprompts, flow.silence]) {
    for (let count = 1; count <= Math.min(say.length, times); count += 1) {
      yield (slots) => [plain(promptOf(say, count, step, slots))];
    }
  }
  for (const reason of reasons) yield (slots) => [plain(refusalOf(reason, step, slots))];
}

const plain = (text: string): Said => ({ text, uninterruptible: false });

function asks(step: Step): boolean {
  return step.answer.kind !== 'none' && step.answer.kind !== 'end';
}

/** Where a turn may lead from any of the steps that ask. */
function turnTargets(flow: Flow, asking: readonly Step[]): readonly Target[] {
  const targets = asking.flatMap((step) => [
    ...answerTargets(step),
    step.giveUp,
    ...(step.corrects.length > 0 ? [step.back ?? step.name] : []),
    // Asked for once more.
    step.name,
  ]);
  const anywhere = flow.anywhere.flatMap(({ go }) => (go === null ? [] : [go]));
  return [...new Set([...targets, ...anywhere, flow.goodbye])];
}

function answerTargets({ answer }: Step): readonly Target[] {
  if (answer.kind === 'yes-no') return [answer.yes, answer.no];
  if (answer.kind === 'phrases') return answer.options.map(({ go }) => go);
  if (answer.kind === 'model') return [answer.go, ...Object.values(answer.exits)];
  return 'go' in answer ? [answer.go] : [];
}

interface Way {
  readonly at: Target;
  /** With their places still open. */
  readonly said: readonly Said[];
  readonly hops: number;
}

/** Every row of texts that a turn may say on its way from a target to a step that asks or ends. */
function* saidTogether(flow: Flow, before: readonly Said[], targets: readonly Target[]): Generator<Reply> {
  const ahead = new Set([...flow.steps.values()].flatMap(({ also }) => also));
  const ways: Way[] = targets.map((at) => ({ at, said: before, hops: 0 }));
  let found = 0;
  for (let way = ways.shift(); way !== undefined && found < MAX_REPLIES; way = ways.shift()) {
    const step = flow.steps.get(way.at);
    if (step === undefined || way.hops > flow.steps.size) continue;
    const { said, hops } = way;
    const on = (at: Target, texts: readonly Said[]): void => {
      if (ways.length < MAX_REPLIES) ways.push({ at, said: texts, hops: hops + 1 });
    };
    const { say: text, uninterruptible } = step;
    const texts = text === '' ? said : [...said, { text, uninterruptible }];
    if (step.answer.kind === 'none') on(step.answer.go, texts);
    else {
      found += 1;
      yield (slots) => texts.map((open) => ({ ...open, text: filled(open.text, slots) }));
    }
    if (step.otherwise !== null) on(step.otherwise, said);
    const slot = slotOf(step);
    if (slot !== null && ahead.has(slot) && 'go' in step.answer) on(step.answer.go, said);
  }
}
