// Tells words behind which a sentence must go on: "and", "my number is", "half past", "next".
import type { Answer, Understood } from '../../dialogue/flow.ts';

/** Nobody ends on these. "That", "so", "it is" and their like are left out: "I'd like that", "I think so". */
const GOES_ON =
  /(?:^| )(?:and|but|or|because|if|when|than|the|a|an|my|your|his|their|of|in|on|at|with|from|it's|that's|name's|number's|i'm|i|we|erm|(?<!uh |nuh )(?:um|uh|er)|(?:number|name|time|date|day|phone) is|make it|change it|move it|how about|what about|let's say|area code|double|triple|treble)$/;
/** The same, but a speech model may have written them for the numbers two and four. */
const NUMBER_SOUNDS = /(?:^| )(?:to|for)$/;
/** Punctuation that a speech model puts where the voice stays up, and at times behind a single word that is all. */
const HANGING = /[,;:\u2013\u2014-]\s*$/;
const TRAILING_OFF = /(?:\.\.\.|\u2026)\s*$/;
/** Said before the answer is known. */
const HESITATES =
  /(?:^| )(?:let me (?:see|think|check|look)|i think|hold on|hang on|(?:one|just a) (?:moment|second)|i'd say|well|(?<!think |hope |guess )so)$/;
/** Where a value was asked for and is still to come. Behind a yes these end a sentence: "yes, it is". */
const LEADS_TO_VALUE = /(?:^| )(?:it is|this is|that is|i am|call me|(?:my|the) (?:name|number|phone))$/;

const MONTH =
  '(?:january|february|march|april|(?<!you |i |we )may|june|july|august|september|october|november|december)';
/** Days of which the rest is still to come: "next", "in two", "Thursday, December", "a week from". */
const OPEN_DATE = new RegExp(
  `(?:^| )(?:next|this|coming|following|day after|weeks? (?:from|after)|in (?:one|two|three|four|five|six|\\d+)|the (?:twenty|thirty)|${MONTH})$`,
);
/** "The third of December" ends in a month all the same. */
const DAY_BEFORE_MONTH = new RegExp(`(?:\\d(?:st|nd|rd|th)?|[a-z]+(?:st|nd|rd|th))(?: of)? ${MONTH}$`);
/** Times of which the hour is still to come: "half past", "quarter to", "twenty minutes". */
const OPEN_TIME =
  /(?:^| )(?:half|quarter|minutes|past|after|before|until|till|between|around|about|(?:quarter|minutes|five|ten|twenty|\d+) to)$/;

export interface OpenEndContext {
  /** What the answer may hold. */
  readonly kinds: ReadonlySet<Answer['kind']>;
  readonly understood: Understood;
  /** Last words that a wording of the step has, so that they end a sentence here. */
  readonly known: ReadonlySet<string>;
}

/** @param words the same text in plain words. */
export function openEnd(text: string, words: readonly string[], context: OpenEndContext): boolean {
  const { kinds, understood, known } = context;
  const line = words.join(' ');
  if (trailsOff(text) || (understood.kind === 'nothing' && HESITATES.test(line))) return true;
  const answered = /^(?:option|anywhere)$/.test(understood.kind);
  if (answered && known.has(words.at(-1) ?? '')) return false;
  if (GOES_ON.test(line) || (NUMBER_SOUNDS.test(line) && !mayBeNumber(words, context))) return true;
  return isOpenValue(line, kinds) || (understood.kind === 'nothing' && leadsToValue(line, kinds));
}

const trailsOff = (text: string): boolean => HANGING.test(text) || TRAILING_OFF.test(text);

function isOpenValue(line: string, kinds: ReadonlySet<Answer['kind']>): boolean {
  if (kinds.has('date') && OPEN_DATE.test(line) && !DAY_BEFORE_MONTH.test(line)) return true;
  return kinds.has('time') && OPEN_TIME.test(line);
}

/** "Five five five oh one two to", "for". */
function mayBeNumber(words: readonly string[], { kinds, understood }: OpenEndContext): boolean {
  if (understood.kind !== 'value' && understood.kind !== 'refused') return false;
  return kinds.has('number') || kinds.has('phone-number') || (kinds.has('time') && words.length === 1);
}

function leadsToValue(line: string, kinds: ReadonlySet<Answer['kind']>): boolean {
  const values = ['number', 'date', 'time', 'phone-number', 'name'] as const;
  return values.some((kind) => kinds.has(kind)) && LEADS_TO_VALUE.test(line);
}

/** A comma behind an answer of a word or two may be the speech model's alone. */
export const endsOnComma = (text: string): boolean => HANGING.test(text);
