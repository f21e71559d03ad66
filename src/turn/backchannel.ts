// What was said over the agent's voice: nothing, a sound of listening, or words that want the floor.
import type { Gist } from './state.ts';

/** Stub until the list of sounds is merged. */
export function gistOf(text: string): Gist {
  if (text.trim() === '') return 'nothing';
  return /^(?:mm-?hmm?|uh-?huh|hmm?|mhm)[.!]?$/iu.test(text.trim()) ? 'backchannel' : 'words';
}
