// The shape of an agent file's `model` section: which models, what they are told, and what they may do.
import { z } from 'zod';
import { toolsSchema } from './tools/tools-schema.ts';

const text = z.string().trim().min(1);

const PROVIDERS = ['openai', 'anthropic', 'google', 'mistral', 'groq', 'openai-compatible'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** The usual variable of each provider's key; a server of one's own may need none. */
export const USUAL_KEYS: Readonly<Record<ProviderName, string | null>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  google: 'GOOGLE_GENERATIVE_AI_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  groq: 'GROQ_API_KEY',
  'openai-compatible': null,
};

/** US dollars for a million tokens. */
const price = z.strictObject({ input: z.number().min(0), output: z.number().min(0) });

const endpointShape = {
  provider: z.enum(PROVIDERS),
  model: text,
  /** Of a server of one's own (vLLM, llama.cpp, Ollama), up to and with `/v1`. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'an address such as http://127.0.0.1:8000/v1' }).optional(),
  /** The environment variable that holds the key; never the key itself. */
  key: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable, e.g. OPENAI_API_KEY')
    .optional(),
  temperature: z.number().min(0).max(2).default(0.3),
  price: price.optional(),
  /** Requests of this process under way at a time, and how long another one waits for a place. */
  maxInFlight: z.int().min(1).max(10_000).default(32),
  maxWaitMs: z.int().min(0).max(60_000).default(500),
} as const;

const withBaseUrl = <T extends { readonly provider: ProviderName; readonly baseUrl?: string | undefined }>(
  endpoint: T,
  context: z.RefinementCtx<T>,
): void => {
  if (endpoint.provider !== 'openai-compatible' || endpoint.baseUrl !== undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['baseUrl'],
    message: 'the address of the server, e.g. http://127.0.0.1:8000/v1',
    input: undefined,
  });
};

const endpointSchema = z.strictObject(endpointShape).superRefine(withBaseUrl);

const banned = z.strictObject({ wordings: z.array(text).min(1), say: text });

export const modelSchema = z
  .strictObject({
    ...endpointShape,
    /** Asked in this order when those before fail. */
    fallbacks: z.array(endpointSchema).max(5).default([]),
    /** What the model is told. It is never repeated to a caller. */
    instructions: text.max(50_000),
    /** Variables that the model may know, and therefore say; all others are for tools only. */
    share: z.array(text).default([]),
    tools: toolsSchema.prefault({}),
    maxTokensPerTurn: z.int().min(16).max(4_000).default(250),
    maxTokensPerCall: z.int().min(100).max(10_000_000).default(500_000),
    /** Without a word by then, the next model is asked. */
    firstTokenMs: z.int().min(100).max(60_000).default(1_500),
    /** A pause in the middle of an answer. */
    stallMs: z.int().min(100).max(60_000).default(2_000),
    /** All requests of one answer together, tools not counted. */
    totalMs: z.int().min(500).max(120_000).default(8_000),
    /**
     * Whether an answer is begun before the turn is over: at most one a turn is thrown away. `auto`: while what was spent
     * today is below `dailyBudgetUsd`; models without a price cost nothing.
     */
    speculation: z.enum(['auto', 'never']).default('auto'),
    dailyBudgetUsd: z.number().min(0).default(5),
    /** What is not talked about: the caller's or the model's words lead to the sentence instead. */
    banned: z.record(z.string(), banned).default({}),
    /** The model hears the caller instead of reading the words. */
    audio: z.boolean().default(false),
  })
  .superRefine(withBaseUrl);

export type ModelFile = z.output<typeof modelSchema>;
export type EndpointFile = z.output<typeof endpointSchema>;
