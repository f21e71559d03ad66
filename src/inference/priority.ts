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
