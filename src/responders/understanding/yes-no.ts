// Understands yes and no in the many ways people say them.
import { wordsOf } from './words.ts';

/** Longer phrases come first, so that "not right" is not taken for "right". */
const NO =
  /\b(?:(?:no|not?|nope|nah|naw|nay|negative|never|wrong|incorrect|cancel that|neither|nothing(?: else)?|don't|do not|doesn't|isn't|wasn't|won't|can't|cannot|rather not|that's all|that is all|that's it|that is it|that'll be all|i'm good|i'm fine|i'm all set|all set|that's everything))\b/;
const YES =
  /\b(?:yes|yeah|yah|yea|ya|yep|yup|yas|yessir|aye|sure|ok|okay|correct|right|alright|exactly|absolutely|definitely|certainly|indeed|affirmative|of course|please do|go ahead|do it|do that|do so|sounds good|sounds great|sounds right|perfect|great|good|fine|true|by all means|you bet|you got it|that works|works for me|i do|i am|i would|i will|i can|i could|it is|it was|it does|it did|they did|we do|uh huh|mm hm+|mm hmm+|mhm|mmhm|mm mhm|confirmed?|why not|no problem)\b/;
/** Both in one: these decide. */
const YES_THOUGH =
  /\bno problem\b|\bwhy not\b|\bdon't mind\b|\bno (?:that's|that is|it's) (?:right|correct|fine|good)\b|\bnot? bad\b/;
const NO_THOUGH = /\b(?:not|isn't|wasn't|don't|doesn't)\b|\bwrong\b|\bincorrect\b/;
/** What a speech model writes for a lone "no", "nope" or "yes". */
const LONE_NO = /^(?:know|now|noh|mo|nor|new|note|knope|nop|dope|uh uh|nuh uh|unh unh|huh uh)$/;
const LONE_YES = /^(?:yet|yeh|yess|guess|years|yeps|jeff|yo|chess|ye)$/;

/** Null when neither was said. "Mm-hm" is a yes. */
export function readYesNo(text: string): 'yes' | 'no' | null {
  const line = wordsOf(text).join(' ');
  if (LONE_NO.test(line)) return 'no';
  if (LONE_YES.test(line)) return 'yes';
  if (YES_THOUGH.test(line)) return 'yes';
  const no = NO.exec(line);
  const yes = YES.exec(line);
  if (no === null) return yes === null ? null : 'yes';
  if (yes === null || NO_THOUGH.test(line)) return 'no';
  return yes.index < no.index ? 'yes' : 'no';
}
