// The dimensions of Moonshine tiny.

export const LAYERS = 6;
export const HEADS = 8;
export const HEAD_WIDTH = 36;
export const WIDTH = HEADS * HEAD_WIDTH;
export const MLP_WIDTH = 4 * WIDTH;
/** Of the values of a head, how many turn with the position. */
export const ROTARY_WIDTH = 32;
/** Most tokens of a text: 6.5 a second for 30 s are 195, and expected phrases may be longer. */
export const MAX_POSITIONS = 512;

export const LAYER_NUMBERS = Array.from({ length: LAYERS }, (_, layer) => layer);
const perLayer = (family: string): readonly string[] =>
  LAYER_NUMBERS.flatMap((layer) => [`${family}.${layer}.key`, `${family}.${layer}.value`]);

/** What the layers keep of the audio: [rows, heads, audio frames, head width] each. */
export const CROSS_NAMES = perLayer('cross');
/** What the layers keep of the text so far: [rows, heads, tokens, head width] each. */
export const PAST_NAMES = perLayer('past');
export const PRESENT_NAMES = perLayer('present');
