// What a call says of its own accord: the usual texts, and an agent file's own in their place.
import type { FlowFault } from '../dialogue/flow-check.ts';
import { placesOf } from '../dialogue/flow.ts';
import type { PhraseKind } from '../ports/responder.ts';

export type Phrases = Readonly<Record<PhraseKind, string>>;

/** As an agent file may give them. */
export type PhrasesFile = Readonly<Partial<Record<PhraseKind, string | undefined>>>;

/** In the order in which a call may need them. */
const USUAL: Phrases = {
  apology: 'Sorry, something went wrong on my side. Could you say that again?',
  filler: 'One moment, please.',
  'time-warning': 'Just so you know, we have about one minute left on this call.',
  'time-up': 'I am sorry, our time is up. Thank you for calling. Goodbye.',
};

export const PHRASE_KINDS = Object.keys(USUAL) as readonly PhraseKind[];

export function phrasesOf(file: PhrasesFile): Phrases {
  const own = Object.entries(file).filter(([, text]) => text !== undefined);
  return { ...USUAL, ...Object.fromEntries(own) };
}

/** They are said when something has gone wrong, so they depend on nothing that a caller may not have told. */
export function phraseFaults(file: PhrasesFile): FlowFault[] {
  return Object.entries(file).flatMap(([kind, text]) =>
    placesOf(text ?? '').map((place) => ({
      path: ['phrases', kind],
      found: `{{${place}}}`,
      expected: 'a text without places',
    })),
  );
}
