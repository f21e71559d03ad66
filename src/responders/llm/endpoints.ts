// The models of one agent in their order: queues and health are shared by every agent of the process that names the same server.
import type { LanguageModel } from 'ai';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/telemetry.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import type { ModelError } from './model-error.ts';
import type { EndpointFile, ModelFile } from './model-schema.ts';
import { languageModel, type Variables } from './providers.ts';

export interface Endpoint {
  /** For logs: provider and model. */
  readonly label: string;
  readonly file: EndpointFile;
  readonly queue: EndpointQueue;
  /** Loaded once. */
  model(): Promise<LanguageModel>;
  /** Whether it has failed just now: others are asked first. */
  resting(): boolean;
  failed(error: ModelError): void;
  worked(): void;
}

/** One per process. */
export class Endpoints {
  readonly #known = new Map<string, Endpoint>();
  readonly #clock: Clock;
  readonly #environment: Variables;
  readonly #logger: Logger;

  constructor(deps: { readonly clock: Clock; readonly environment: Variables; readonly logger: Logger }) {
    this.#clock = deps.clock;
    this.#environment = deps.environment;
    this.#logger = deps.logger;
  }

  /** In the order of the file. */
  of(model: ModelFile): readonly Endpoint[] {
    return [model, ...model.fallbacks].map((file) => this.#endpoint(file));
  }

  /** Loads the code of every provider, so that no call waits for it. */
  async load(models: Iterable<ModelFile>): Promise<void> {
    await Promise.all([...models].flatMap((model) => this.of(model).map((endpoint) => endpoint.model())));
  }

  #endpoint(file: EndpointFile): Endpoint {
    const key = JSON.stringify([
      file.provider,
      file.baseUrl,
      file.model,
      file.key,
      file.maxInFlight,
      file.maxWaitMs,
    ]);
    const known = this.#known.get(key);
    if (known !== undefined) return { ...known, file };
    const made = this.#make(file);
    this.#known.set(key, made);
    return made;
  }

  #make(file: EndpointFile): Endpoint {
    const label = `${file.provider}/${file.model}`;
    const loaded: { model: Promise<LanguageModel> | null } = { model: null };
    const rest = { until: 0 };
    return {
      label,
      file,
      queue: new EndpointQueue(file, this.#clock),
      model: () => {
        loaded.model ??= languageModel(file, this.#environment);
        return loaded.model;
      },
      resting: () => this.#clock.now() < rest.until,
      failed: ({ code, message, outcome }) => {
        rest.until = Math.max(rest.until, this.#clock.now() + outcome.restMs);
        this.#logger[outcome.logLevel]({ model: label, code, reason: message }, 'language model failed');
      },
      worked: () => {
        rest.until = 0;
      },
    };
  }
}
