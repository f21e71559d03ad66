// What a call that nobody has asked for must say at its start (47 CFR 64.1200(b), FCC 24-17). Pure.

/** The text with its places filled. */
export interface LawfulGreeting {
  readonly text: string;
  readonly business: string;
  /** The call is recorded; several states want both sides to know. */
  readonly recorded: boolean;
}

const ARTIFICIAL =
  /\b(?:artificial|automated|automatic|virtual|recorded|prerecorded|computer|robot|ai|a\.i\.|voice assistant|digital assistant)\b/iu;
const RECORDED =
  /\b(?:calls?|conversation)\b[^.?!]*\b(?:is|are|be|being) (?:\w+ )?recorded\b|\brecord(?:ing)? (?:this|the|your|our) (?:call|conversation)\b/iu;
const SPOKEN_OPT_OUT =
  /\b(?:say|tell (?:me|us)|just ask)\b[^.?!]*\b(?:stop|off|remove|opt out|no more calls|unsubscribe|do not call)\b/iu;
const KEY_OPT_OUT = /\b(?:press|push|hit|key)\b[^.?!]*\b(?:star|the star key|asterisk)\b/iu;

/** What is missing, in words for whoever writes the agent file; empty when all is said. */
export function lawfulFaults({ text, business, recorded }: LawfulGreeting): readonly string[] {
  const plain = (words: string): string =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  return [
    ...(plain(text).includes(plain(business))
      ? []
      : [`the greeting does not name ${JSON.stringify(business)}`]),
    ...(ARTIFICIAL.test(text) ? [] : ['the greeting does not say that the voice is automated or artificial']),
    ...(SPOKEN_OPT_OUT.test(text) ? [] : ['the greeting does not tell what to say to stop the calls']),
    ...(KEY_OPT_OUT.test(text) ? [] : ['the greeting does not tell that the star key stops the calls']),
    ...(!recorded || RECORDED.test(text) ? [] : ['the greeting does not say that the call is recorded']),
  ];
}
