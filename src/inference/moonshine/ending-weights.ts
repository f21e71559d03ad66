// Fitted by `npm run train:ending`; see ending.ts.

export const ENDING_BIAS = 0;

export const ENDING_WEIGHTS: readonly number[] = [];
