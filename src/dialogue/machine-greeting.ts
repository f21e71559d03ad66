// Recognises what answering machines say, in the words that the speech model writes. Pure.

const PATTERNS: readonly RegExp[] = [
  /\bleave (?:me |us |a |your |an? \w+ )?(?:message|name|number)\b/,
  /\b(?:after|at|wait for) the (?:tone|beep|signal)\b/,
  /\b(?:voice ?mail|mailbox|answering (?:machine|service))\b/,
  /\byou(?: have|'ve)? (?:just )?reached\b/,
  /\b(?:is|am|are|i'm|we're)(?: \w+){0,2} (?:not|un)(?: \w+){0,2} ?(?:available|able to (?:take|come|answer)|home|here)\b/,
  /\b(?:can't|cannot|can not|unable to) (?:take|come to|answer|get to) (?:your|the) (?:call|phone)\b/,
  /\b(?:get|call) back to you\b|\bcall you back as soon as\b/,
  /\b(?:record your message|press (?:pound|the pound|hash|one|1) |the (?:person|number|party) you (?:are|have))/,
];

/** True for the greeting of a machine; a person hardly ever says these to somebody who has called. */
export function isMachineGreeting(text: string): boolean {
  const said = text.toLowerCase().replaceAll(/[\u2018\u2019]/g, "'");
  return PATTERNS.some((pattern) => pattern.test(said));
}
