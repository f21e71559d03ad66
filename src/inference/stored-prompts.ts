// The prompts of earlier starts, as far as the voices still sound as they did.
import type { Mulaw8k } from '../audio/units.ts';
import type { Logger } from '../ports/telemetry.ts';
import type { TtsJob } from './messages.ts';
import { readPrompts, writePrompts, type ReadyPrompt } from './prompt-file.ts';
import type { ClauseSource } from './speech-cache.ts';

/**
 * Said anew at every start. As long as the engine and everything behind it make the same bytes of it as before, the
 * stored clauses of the voice are theirs. It holds what voices are easily changed in: numbers, short words, all vowels.
 */
const PROBE = 'The quick brown fox jumps over 13 lazy dogs, at half past two.';

export interface StoredPromptsDeps {
  readonly source: ClauseSource;
  readonly logger: Logger;
  /** Null: nothing is stored. */
  readonly folder: string | null;
  /** A larger file is not read, and no larger one is written. */
  readonly maxBytes: number;
}

export class StoredPrompts {
  readonly #deps: StoredPromptsDeps;
  readonly #probes: ReadyPrompt[] = [];
  #stored = new Map<string, ReadyPrompt>();
  #complete = true;

  constructor(deps: StoredPromptsDeps) {
    this.#deps = deps;
  }

  /** Once. Without a file, or with a broken one, there is nothing to find afterwards. @throws what the lane throws. */
  async load(voices: readonly string[], signal: AbortSignal): Promise<void> {
    const { folder, maxBytes, logger, source } = this.#deps;
    if (folder === null) return;
    const read = await readPrompts(folder, maxBytes).catch((error: unknown) => {
      logger.warn({ folder, err: error }, 'stored prompts cannot be read and are made again');
      return [];
    });
    const stored = new Map(read.map((prompt) => [keyOf(prompt), prompt]));
    for (const voice of voices) {
      const probe = { voice, text: PROBE };
      const audio = await source.speak(probe, 'prompt', signal);
      this.#probes.push({ ...probe, audio });
      const before = stored.get(keyOf(probe))?.audio;
      const same = before !== undefined && Buffer.compare(before, audio) === 0;
      for (const prompt of same ? read : []) {
        if (prompt.voice === voice && prompt.text !== PROBE) this.#stored.set(keyOf(prompt), prompt);
      }
    }
  }

  find(job: TtsJob): Mulaw8k | null {
    const found = this.#stored.get(keyOf(job))?.audio ?? null;
    if (found === null) this.#complete = false;
    return found;
  }

  /** Writes the prompts and those of other agents that were there before, as far as there is room; nothing if all were there. */
  async save(prompts: readonly ReadyPrompt[]): Promise<void> {
    const { folder, maxBytes, logger } = this.#deps;
    if (folder === null || this.#complete) return;
    const all = [...this.#probes, ...prompts, ...this.#stored.values()];
    const kept = new Map<string, ReadyPrompt>();
    let bytes = 0;
    for (const prompt of all) {
      if (kept.has(keyOf(prompt))) continue;
      bytes += prompt.audio.length;
      // Half: the first line is never longer than the audio of its clauses.
      if (bytes > maxBytes / 2) break;
      kept.set(keyOf(prompt), prompt);
    }
    try {
      await writePrompts(folder, [...kept.values()]);
    } catch (error) {
      logger.warn({ folder, err: error }, 'prompts cannot be stored');
    }
    this.#stored = new Map();
  }
}

const keyOf = ({ voice, text }: TtsJob): string => `${voice}\n${text}`;
