// Who goes first where several requests want the processor; voice activity never waits for any of them.

/** Lower goes first. `prompt` is speech prepared for later. */
export const PRIORITY = {
  finalText: 0,
  firstClause: 1,
  speculativeText: 2,
  laterClause: 3,
  prompt: 4,
} as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** Of speech, by what is spoken. */
export const SPEECH_PRIORITY = {
  'first-clause': PRIORITY.firstClause,
  'later-clause': PRIORITY.laterClause,
  prompt: PRIORITY.prompt,
} as const;
export type SpeechPriority = keyof typeof SPEECH_PRIORITY;

/** A caller waits in silence for the words of a finished turn and for the first clause of the answer, for nothing else. */
export const isAwaited = ({ priority }: { readonly priority: Priority }): boolean =>
  priority <= PRIORITY.firstClause;
