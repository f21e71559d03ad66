// Turns Moonshine's token ids into text and expected phrases into token ids.
import llama from 'llama-tokenizer-js';

/** Begins every hypothesis. */
export const BOS_TOKEN = 1;
/** Ends every hypothesis. */
export const EOS_TOKEN = 2;
/** The token "." that follows a word without a space. */
export const FULL_STOP_TOKEN = 29_889;

/** Moonshine's ids above Llama's 32,000 are task markers without text. */
const pieces: readonly string[] = llama.vocabById;
const FIRST_TEXT_TOKEN = 3;
const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;
const toBytes = new TextEncoder();
const fromBytes = new TextDecoder();

/** The text of a hypothesis; markers and unknown ids have none. */
export function textOf(tokens: readonly number[]): string {
  const bytes: number[] = [];
  for (const token of tokens) {
    const piece = token < FIRST_TEXT_TOKEN ? undefined : pieces[token];
    if (piece === undefined) continue;
    const byte = BYTE_PIECE.exec(piece)?.[1];
    if (byte === undefined) bytes.push(...toBytes.encode(piece.replaceAll('▁', ' ')));
    else bytes.push(Number.parseInt(byte, 16));
  }
  return fromBytes.decode(Uint8Array.from(bytes)).trim();
}

/** The ids of a phrase as the model would write it, without BOS and EOS. */
export function tokensOf(phrase: string): number[] {
  return llama.encode(phrase, false, true);
}
