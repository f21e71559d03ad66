// The parts of one long utterance that were cut off and transcribed while the caller talked on.
import type { Span } from '../turn/state.ts';

const keyOf = ({ from, to }: Span): string => `${from}-${to}`;

/** An utterance of the longest allowed has a dozen. Overflow policy: the oldest, of an earlier utterance, is forgotten. */
const MAX_PARTS = 32;

/** Texts by their place on the media clock, so that whoever asks for the same part again waits for the same work. */
export class SpokenParts {
  readonly #controller = new AbortController();
  readonly #texts = new Map<string, Promise<string>>();

  /** The text of a part: known, on its way, or asked for now. A failed one is asked for again the next time. */
  text(part: Span, ask: (signal: AbortSignal) => Promise<string>): Promise<string> {
    const key = keyOf(part);
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#texts.keys();
    if (this.#texts.size >= MAX_PARTS && oldest !== undefined) this.#texts.delete(oldest);
    const asked = ask(this.#controller.signal);
    this.#texts.set(key, asked);
    asked.catch(() => {
      if (this.#texts.get(key) === asked) this.#texts.delete(key);
    });
    return asked;
  }

  /** The call is over. */
  close(): void {
    this.#controller.abort();
    this.#texts.clear();
  }
}
