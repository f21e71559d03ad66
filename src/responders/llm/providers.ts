// From an endpoint of an agent file to a model of the AI SDK; a provider's code is loaded when an agent names it.
import type { LanguageModel } from 'ai';
import { USUAL_KEYS, type EndpointFile, type ProviderName } from './model-schema.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** The environment variable whose key the endpoint needs; null where it needs none. */
export const keyVariableOf = ({ provider, key }: EndpointFile): string | null => key ?? USUAL_KEYS[provider];

/** The key must be there: whoever loads agents has checked it. */
export async function languageModel(endpoint: EndpointFile, environment: Variables): Promise<LanguageModel> {
  const variable = keyVariableOf(endpoint);
  const apiKey = variable === null ? undefined : environment[variable];
  const baseURL = endpoint.baseUrl?.replace(/\/$/, '');
  const given = { ...(apiKey !== undefined && { apiKey }), ...(baseURL !== undefined && { baseURL }) };
  const create = await PROVIDER[endpoint.provider]();
  return create(given)(endpoint.model);
}

type Create = (options: Readonly<Record<string, string>>) => (model: string) => LanguageModel;

const PROVIDER: Readonly<Record<ProviderName, () => Promise<Create>>> = {
  openai: async () => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return (options) => createOpenAI(options);
  },
  anthropic: async () => {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return (options) => createAnthropic(options);
  },
  google: async () => {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return (options) => createGoogleGenerativeAI(options);
  },
  mistral: async () => {
    const { createMistral } = await import('@ai-sdk/mistral');
    return (options) => createMistral(options);
  },
  groq: async () => {
    const { createGroq } = await import('@ai-sdk/groq');
    return (options) => createGroq(options);
  },
  'openai-compatible': async () => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return ({ baseURL = '', ...options }) => {
      const provider = createOpenAICompatible({ name: 'own', baseURL, includeUsage: true, ...options });
      return (model) => provider(model);
    };
  },
};
