// Makes the fixed prompts ready once the lane is warm: for a limited time before the host is, the rest behind the calls.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError, type CallErrorCode } from '../ports/errors.ts';
import type { Logger } from '../ports/telemetry.ts';
import type { ReadyPrompt } from './prompt-file.ts';
import { speakableText } from './speakable-text.ts';
import type { SpeechCache } from './speech-cache.ts';
import type { StoredPrompts } from './stored-prompts.ts';

/** Something that is said in many calls, as the responder will ask for it. */
export interface SpeechPrompt {
  readonly text: string;
  readonly voice: string;
}

/** A hundred prompts take 1-2 s, less than the other lanes take to warm up; nobody shall wait for thousands. */
const START_LIMIT_MS = ms(3_000);
const RETRY_MS = ms(500);
const MAX_RETRIES = 60;
/** The lane is being replaced, or busy. Whatever else fails may be the prompt's own doing: it is not tried again. */
const PASSING: ReadonlySet<CallErrorCode> = new Set(['lane-unavailable', 'queue-full']);

export interface PromptFillDeps {
  readonly cache: SpeechCache;
  readonly stored: StoredPrompts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One at a time, so that a call's clause never waits for more than one of them. */
export class PromptFill {
  readonly #deps: PromptFillDeps;
  readonly #list: () => readonly SpeechPrompt[];
  #prompts: readonly SpeechPrompt[] = [];
  readonly #closing = new AbortController();
  readonly #ready: ReadyPrompt[] = [];
  #filling: Promise<'filled'> = Promise.resolve('filled');
  #outcome: Promise<'filled' | 'limit'> = this.#filling;
  #cancelLimit = (): void => undefined;
  #retries = 0;

  /** Prompts may repeat. */
  constructor(list: () => readonly SpeechPrompt[], deps: PromptFillDeps) {
    this.#list = list;
    this.#deps = deps;
  }

  /** Once, when the lane is warm. Goes on by itself. */
  begin(): void {
    this.#prompts = speakable(this.#list());
    if (this.#prompts.length === 0) return;
    const limit = new Promise<'limit'>((resolve) => {
      this.#cancelLimit = this.#deps.clock.after(START_LIMIT_MS, () => {
        resolve('limit');
      });
    });
    this.#filling = this.#fill();
    this.#outcome = Promise.race([this.#filling, limit]);
  }

  /** Resolves when all are ready or their time is over. Never fails: a prompt that is not ready is made when it is said. */
  async whenReady(): Promise<void> {
    const outcome = await this.#outcome;
    this.#cancelLimit();
    if (outcome === 'filled') return;
    const fields = { prompts: this.#prompts.length, ready: this.#ready.length, limitMs: START_LIMIT_MS };
    this.#deps.logger.warn(fields, 'prompts take long, the rest is made in the background');
  }

  /** Ends the filling and its timer; what is ready is stored for the next start. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelLimit();
    await this.#filling;
  }

  async #fill(): Promise<'filled'> {
    const { cache, clock, logger, stored } = this.#deps;
    const begun = clock.now();
    const { signal } = this.#closing;
    await this.#insist(() => stored.load(this.#voices(), signal));
    let fromDisk = 0;
    for (const prompt of this.#prompts) {
      const kept = stored.find(prompt);
      if (kept !== null) fromDisk += 1;
      const audio = kept ?? (await this.#insist(() => cache.make(prompt, signal)));
      if (signal.aborted) break;
      if (audio === null) continue;
      if (!cache.pin(prompt, audio)) {
        logger.warn({ ready: this.#ready.length, bytes: cache.bytes }, 'no more room for prompts');
        break;
      }
      this.#ready.push({ ...prompt, audio });
    }
    await stored.save(this.#ready);
    const fields = { prompts: this.#prompts.length, ready: this.#ready.length, fromDisk, bytes: cache.bytes };
    if (!signal.aborted) logger.info({ ...fields, ms: clock.now() - begun }, 'prompts are ready');
    return 'filled';
  }

  #voices(): readonly string[] {
    return [...new Set(this.#prompts.map(({ voice }) => voice))];
  }

  /** Null for what cannot be had, and when the host closes. */
  async #insist<T>(attempt: () => Promise<T>): Promise<T | null> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closing.signal.aborted) return null;
        const passing = error instanceof CallError && PASSING.has(error.code);
        if (!passing || this.#retries >= MAX_RETRIES) {
          this.#deps.logger.warn({ err: error }, 'a prompt cannot be made ready');
          return null;
        }
        this.#retries += 1;
        await this.#pause();
      }
    }
  }

  /** Over at once when the host closes. */
  #pause(): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#deps.clock.after(RETRY_MS, end);
      signal.addEventListener('abort', end);
    });
  }
}

/** Each once, as the synthesizer will ask for it. */
function speakable(prompts: readonly SpeechPrompt[]): readonly SpeechPrompt[] {
  const plain = prompts.map(({ text, voice }) => ({ text: speakableText(text), voice }));
  const spoken = plain.filter(({ text }) => text !== '');
  return [...new Map(spoken.map((prompt) => [JSON.stringify(prompt), prompt])).values()];
}
