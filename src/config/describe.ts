// Turns the schema and the defaults into the rows of the README's configuration table.
import { z } from 'zod';
import { DEFAULT_CONFIG_FILE } from './load.ts';
import { configSchema } from './schema.ts';
import { readRawYaml } from './yaml-file.ts';

interface KeySchema {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum?: readonly string[] };
  readonly properties?: Readonly<Record<string, KeySchema>>;
}

export interface ConfigRow {
  /** Dotted, e.g. `turn.endSilenceMs`. */
  readonly key: string;
  readonly default: string;
  readonly range: string;
  readonly meaning: string;
}

/** One row per key in the order of the schema, with the default as it stands in the file. */
export function configRows(): readonly ConfigRow[] {
  const root = z.toJSONSchema(configSchema, { io: 'input' }) as KeySchema;
  return rowsOf(root, '', readRawYaml(DEFAULT_CONFIG_FILE).value);
}

/** A markdown table: key, default, range, meaning. */
export function describeConfig(): string {
  const rows = configRows().map(
    (row) => `| \`${row.key}\` | \`${row.default}\` | ${row.range} | ${row.meaning} |`,
  );
  return ['| key | default | range | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function rowsOf(schema: KeySchema, key: string, value: unknown): readonly ConfigRow[] {
  if (schema.properties === undefined) {
    const meaning = schema.description ?? '';
    return [{ key, default: JSON.stringify(value), range: rangeOf(schema), meaning }];
  }
  return Object.entries(schema.properties).flatMap(([name, child]) =>
    rowsOf(child, key === '' ? name : `${key}.${name}`, (value as Readonly<Record<string, unknown>>)[name]),
  );
}

const TYPE_RANGES: Readonly<Record<string, string>> = {
  boolean: 'true, false',
  object: '"+number": agent',
};

function rangeOf(schema: KeySchema): string {
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.items?.enum !== undefined) return `list of ${schema.items.enum.join(', ')}`;
  if (schema.minimum !== undefined) return `${schema.minimum} to ${String(schema.maximum)}`;
  return (schema.type === undefined ? undefined : TYPE_RANGES[schema.type]) ?? 'text';
}
