// Ready speech in front of the lane: what was said before costs nothing, and what several calls ask for at once is made once.
import type { Mulaw8k } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { Meter } from '../ports/telemetry.ts';
import { ClauseStore } from './clause-store.ts';
import type { TtsJob } from './messages.ts';
import { SPEECH_PRIORITY, type SpeechPriority } from './priority.ts';

/** Makes a clause's audio, or has it. The bytes are shared: nobody may write to them. */
export interface ClauseSource {
  /** @throws CallError `cancelled` and what the lane throws. */
  speak(job: TtsJob, priority: SpeechPriority, signal: AbortSignal): Promise<Mulaw8k>;
}

/** One clause on its way from the lane, and those who wait for it. */
interface Flight {
  readonly key: string;
  readonly job: TtsJob;
  /** Ends what the lane was asked for: when nobody waits any more, and when one of several attempts has succeeded. */
  readonly controller: AbortController;
  readonly waiting: Set<Waiter>;
  priority: SpeechPriority;
  attempts: number;
}

interface Waiter {
  readonly resolve: (audio: Mulaw8k) => void;
  readonly reject: (error: unknown) => void;
}

export class SpeechCache implements ClauseSource {
  readonly #source: ClauseSource;
  readonly #store: ClauseStore;
  readonly #meter: Meter;
  /** As many as there are requests in the lane's queue, which is bounded. */
  readonly #flights = new Map<string, Flight>();

  constructor(source: ClauseSource, capacityBytes: number, meter: Meter) {
    this.#source = source;
    this.#store = new ClauseStore(capacityBytes);
    this.#meter = meter;
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  /** A hit does not touch the lane, so it is there while the lane is replaced as well. */
  async speak(job: TtsJob, priority: SpeechPriority, signal: AbortSignal): Promise<Mulaw8k> {
    if (signal.aborted) throw cancelled();
    const key = keyOf(job);
    const kept = this.#store.get(key);
    if (kept !== null) {
      this.#count('hit');
      return kept;
    }
    this.#count(this.#flights.has(key) ? 'shared' : 'miss');
    return this.#join(this.#flightOf(key, job, priority), signal);
  }

  /** The audio of a clause that many calls will want, without counting as one of them. */
  async make(job: TtsJob, signal: AbortSignal): Promise<Mulaw8k> {
    if (signal.aborted) throw cancelled();
    const key = keyOf(job);
    return this.#store.get(key) ?? this.#join(this.#flightOf(key, job, 'prompt'), signal);
  }

  /** Keeps a clause for good. False when there is no room for it among those that stay. */
  pin(job: TtsJob, audio: Mulaw8k): boolean {
    const stays = audio.length === 0 || this.#store.pin(keyOf(job), audio);
    this.#gauge();
    return stays;
  }

  #flightOf(key: string, job: TtsJob, priority: SpeechPriority): Flight {
    const flight = this.#flights.get(key);
    if (flight === undefined) {
      const controller = new AbortController();
      const begun: Flight = { key, job, controller, waiting: new Set(), priority, attempts: 0 };
      this.#flights.set(key, begun);
      void this.#attempt(begun);
      return begun;
    }
    if (SPEECH_PRIORITY[priority] < SPEECH_PRIORITY[flight.priority]) {
      // It may still stand far behind in the queue: asked once more with the higher priority, whichever comes first counts.
      flight.priority = priority;
      void this.#attempt(flight);
    }
    return flight;
  }

  async #attempt(flight: Flight): Promise<void> {
    const { job, priority, controller } = flight;
    flight.attempts += 1;
    try {
      const audio = await this.#source.speak(job, priority, controller.signal);
      if (!this.#land(flight)) return;
      this.#keep(flight.key, audio);
      for (const waiter of flight.waiting) waiter.resolve(audio);
    } catch (error) {
      flight.attempts -= 1;
      if (flight.attempts > 0 || !this.#land(flight)) return;
      for (const waiter of flight.waiting) waiter.reject(error);
    }
  }

  /** Over once: false for the attempts that come after. */
  #land(flight: Flight): boolean {
    if (this.#flights.get(flight.key) !== flight) return false;
    this.#flights.delete(flight.key);
    flight.controller.abort();
    return true;
  }

  /** The cancellation of one who waits is no concern of the others; the last one to go takes the request with it. */
  #join(flight: Flight, signal: AbortSignal): Promise<Mulaw8k> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        flight.waiting.delete(waiter);
        signal.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        resolve: (audio) => {
          end();
          resolve(audio);
        },
        reject: (error) => {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      const abort = (): void => {
        waiter.reject(cancelled());
        if (flight.waiting.size === 0) this.#land(flight);
      };
      flight.waiting.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #keep(key: string, audio: Mulaw8k): void {
    if (audio.length === 0) return;
    const evicted = this.#store.put(key, audio);
    if (evicted > 0) this.#meter.count('speech_cache_evictions', evicted);
    this.#gauge();
  }

  #gauge(): void {
    this.#meter.gauge('speech_cache_bytes', this.#store.bytes);
  }

  #count(result: 'hit' | 'miss' | 'shared'): void {
    this.#meter.count('speech_cache', 1, { result });
  }
}

/** Voice names hold no line break. */
const keyOf = ({ voice, text }: TtsJob): string => `${voice}\n${text}`;

function cancelled(): CallError {
  return new CallError('cancelled', 'The request was cancelled.');
}
