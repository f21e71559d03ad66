// Recognises that somebody does not want to be called again, in the words that people use and the speech model writes.

/** A call, as people name it. */
const CALLS =
  '(?:call|calls|calling|phone|phoning|ring|ringing|dial|dialing|dialling|contact|contacting|bother|bothering)';
const ME = '(?:me|us|here|this number|my number|this house|my house|my phone|my cell|my mobile|this phone)';
const MY_NUMBER =
  '(?:me|us|my number|this number|my name|our number|my phone number|this phone number|my phone|us all)';
const LIST = '(?:(?:your|the|that|this|any|every|all) )?(?:\\w+ ){0,2}(?:list|lists|database|system|records)';
/** What makes a "do not call" one for now or for something, and no farewell. */
const LIMITED =
  /\b(?:before|after|until|till|at work|at night|so (?:late|early)|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|right now|today|tomorrow|a taxi|a cab|an ambulance|the (?:police|doctor|office|clinic)|him|her|them|back|if|when|unless)\b/;

const NEVER = '(?:never|do not ever|not ever|do not|stop|quit|please stop|cease)';

const PATTERNS: readonly RegExp[] = [
  // Stop calling (me); quit phoning this number; stop all these calls.
  `\\b(?:stop|quit|cease) (?:\\w+ ){0,2}?(?:call|calling|phoning|ringing|dialing|dialling|contacting|bothering)\\b`,
  `\\b(?:stop|end|no more) (?:all )?(?:of )?(?:these|those|the|your|making|with the|with these)? ?(?:phone |robo|sales |marketing )*calls\\b`,
  // What the speech model writes for "stop calling me" of some voices; nobody who is called asks to be called.
  `^(?:please )?start calling (?:me|us|here)$`,
  // Do not call me (again, any more); never ring here again.
  `\\b(?:${NEVER}) (?:\\w+ ){0,2}?${CALLS} (?:\\w+ )?${ME}\\b`,
  `\\b(?:${NEVER}) (?:\\w+ ){0,2}?${CALLS}(?: back)? (?:again|any ?more|ever|no more)\\b`,
  `\\bdo not want (?:any|any more|you|more|to get|to receive|these|your)(?: \\w+){0,4}? ${CALLS}\\b`,
  `\\b(?:want|wish|like) (?:you )?to (?:not|stop)(?: \\w+){0,2}? ${CALLS}\\b`,
  // Take me off (your list); remove my number; delete us from your database.
  `\\b(?:take|get|keep|put|leave|strike|cross|scratch) ${MY_NUMBER} off\\b`,
  `\\btake off ${MY_NUMBER}\\b`,
  `\\b(?:remove|delete|erase|drop|scrub|purge|unlist) ${MY_NUMBER}\\b`,
  `\\b(?:remove|delete|erase|drop|strike|take|get) (?:\\w+ ){1,3}(?:from|off|out of|off of) ${LIST}\\b`,
  `\\b(?:removed|deleted|erased|struck|taken) (?:from|off|out of|off of) ${LIST}\\b`,
  `\\boff (?:of )?(?:your|the|this|that) (?:\\w+ ){0,2}list\\b`,
  // Do not call list; unsubscribe; opt out; lose my number.
  `\\bdo not call (?:list|registry)\\b`,
  `\\bunsubscribe\\b`,
  `\\bopt(?:ing|ed)?(?: me| us)? out\\b`,
  `\\b(?:lose|forget) (?:my|this) (?:phone )?number\\b`,
  `\\b(?:leave (?:me|us) alone|stop harassing)\\b`,
  `\\b(?:withdraw|revoke)(?: \\w+){0,2} consent\\b`,
].map((pattern) => new RegExp(pattern));

/** "Do not call" without an object, which is one only when it is all that is said. */
const WHOLE =
  /^(?:please )?(?:do not call|no more calls|no calls|stop calls)(?: please| thank you| thanks)?$/;

/** True for words that any reasonable person takes for "never call this number again". */
export function isOptOut(text: string): boolean {
  const said = plain(text);
  if (WHOLE.test(said)) return true;
  return clausesOf(said).some(
    (clause) => PATTERNS.some((pattern) => pattern.test(clause)) && !LIMITED.test(clause),
  );
}

/** Lower case, contractions undone, sentences kept apart. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[’‘]/g, "'")
    .replaceAll(/\bdon'?t\b|\bdont\b/g, 'do not')
    .replaceAll(/\b(?:wanna)\b/g, 'want to')
    .replaceAll(/\banymore\b/g, 'any more')
    .replaceAll(/[.!?;]+/g, '|')
    .replaceAll(/[^\p{L}\p{N}| ]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?\| ?/g, '|')
    .replaceAll(/^\||\|$/g, '')
    .trim();
}

/** A limit in one sentence does not limit the next one. */
const clausesOf = (said: string): readonly string[] => said.split('|');
