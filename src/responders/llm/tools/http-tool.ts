// A tool that asks a web server: its address is fixed by the agent file, the model fills in values only.
import { schemaOf } from './parameters.ts';
import { ToolFault, type ModelTool, type ToolCall } from './tool.ts';
import type { HttpToolFile } from './tools-schema.ts';
import type { Variables } from '../providers.ts';

const PLACE = /\{\{\s*([\w:-]+)\s*\}\}/g;
const TEXT_TYPES = /^(?:text\/|application\/(?:[\w.+-]*json|xml|x-ndjson))/i;

export function httpTool(name: string, file: HttpToolFile, environment: Variables): ModelTool {
  const input = schemaOf(file.parameters);
  const effects = file.effects ?? (file.method === 'GET' ? 'none' : 'lasting');
  return {
    name,
    description: file.description,
    input,
    effects,
    // Whether the server has done it is not known: the model goes by what it answered.
    afterCancel: effects === 'none' ? 'undo' : 'keep',
    run: async (given, call) => ({
      output: await ask(file, { values: input.parse(given), call, environment }),
    }),
  };
}

/** What is wrong with an address: its host must not depend on anybody's words. Null when nothing is. */
export function urlFault(url: string): string | null {
  const [, scheme, host] = /^(https?):\/\/([^/?#]+)/i.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return 'an address with https:// and a host';
  if (host.includes('{{') || host.includes('@')) return 'an address whose host has no places';
  return URL.canParse(url.replace(PLACE, 'x')) ? null : 'an address with https:// and a host';
}

interface Filling {
  readonly values: Readonly<Record<string, unknown>>;
  readonly call: ToolCall;
  readonly environment: Variables;
}

async function ask(file: HttpToolFile, filling: Filling): Promise<string> {
  const used = new Set<string>();
  const url = fill(file.url, { ...filling, used, encode: encodeURIComponent });
  const headers: Record<string, string> = { accept: 'application/json, text/plain' };
  for (const [name, value] of Object.entries(file.headers))
    headers[name] = fill(value, { ...filling, used, encode: oneLine });
  const body = bodyOf(file, { ...filling, used });
  if (body !== null) headers['content-type'] = 'application/json';
  const limit = AbortSignal.timeout(file.timeoutMs);
  const signal = AbortSignal.any([filling.call.signal, limit]);
  try {
    const response = await fetch(url, { method: file.method, headers, body, signal, redirect: 'error' });
    const text = await textOf(response, file.maxBytes);
    if (!response.ok)
      throw new ToolFault(`The server answered with status ${response.status}: ${text.slice(0, 300)}`);
    return text === '' ? 'Done.' : text;
  } catch (error) {
    if (limit.aborted) throw new ToolFault(`The server did not answer within ${file.timeoutMs} ms.`);
    filling.call.signal.throwIfAborted();
    if (error instanceof ToolFault) throw error;
    throw new ToolFault('The server could not be reached.', { cause: error });
  }
}

function bodyOf(file: HttpToolFile, filling: Filling & { readonly used: Set<string> }): string | null {
  if (file.body !== undefined) return JSON.stringify(filled(file.body, filling));
  if (file.method === 'GET' || file.method === 'DELETE') return null;
  const rest = Object.entries(filling.values).filter(([name]) => !filling.used.has(name));
  return JSON.stringify(Object.fromEntries(rest));
}

/** A text that is one place only keeps the value's own type. */
function filled(value: unknown, filling: Filling & { readonly used: Set<string> }): unknown {
  if (typeof value === 'string') {
    const [, only] = /^\{\{\s*([\w-]+)\s*\}\}$/.exec(value) ?? [];
    if (only !== undefined && only in filling.values) return filling.values[only];
    return fill(value, { ...filling, encode: (text) => text });
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, filling));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, filling)]));
}

function fill(
  template: string,
  {
    values,
    call,
    environment,
    used,
    encode,
  }: Filling & { used: Set<string>; encode: (text: string) => string },
): string {
  return template.replace(PLACE, (_place, name: string) => {
    if (name.startsWith('env:')) return environment[name.slice(4)] ?? '';
    used.add(name);
    const value = values[name] ?? call.variables[name] ?? '';
    return encode(typeof value === 'string' ? value : JSON.stringify(value));
  });
}

/** A value cannot begin another header. */
const oneLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '');

/** Stops reading at the limit. */
async function textOf(response: Response, maxBytes: number): Promise<string> {
  const type = response.headers.get('content-type') ?? 'text/plain';
  if (!TEXT_TYPES.test(type)) {
    await response.body?.cancel();
    throw new ToolFault(`The server answered with ${type}, which is no text.`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new ToolFault(`The server's answer is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}
