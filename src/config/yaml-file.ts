// Reads a YAML file against a zod schema and turns every fault into file, line, key and what to write instead.
import { readFileSync } from 'node:fs';
import { LineCounter, isNode, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigFault } from './config-error.ts';

export type KeyPath = readonly (string | number)[];

export interface YamlFile<T> {
  readonly file: string;
  readonly value: T;
  /** The 1-based line of a key, or of its nearest parent that is in the file. */
  lineOf(path: KeyPath): number;
}

/** @throws ConfigError with every fault of the file, unknown keys included when the schema is strict. */
export function readYamlFile<S extends z.ZodType>(file: string, schema: S): YamlFile<z.output<S>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable file';
    throw new ConfigError([{ file, key: '', found: code, expected: 'a readable YAML file' }]);
  }
  return parseYaml(file, text, schema);
}

/** Like readYamlFile, for text that is already in memory; `file` is only used in messages. */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): YamlFile<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineOf = (path: KeyPath): number => lineOfPath(document, lines, path);
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => ({
        file,
        line: lines.linePos(error.pos[0]).line,
        key: '',
        found: error.message.split('\n')[0] ?? 'a syntax error',
        expected: 'valid YAML',
      })),
    );
  }
  const raw: unknown = document.toJS();
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (parsed.success) return { file, value: parsed.data, lineOf };
  throw new ConfigError(parsed.error.issues.flatMap((issue) => faultsOf(issue, file, lineOf)));
}

function faultsOf(issue: z.core.$ZodIssue, file: string, lineOf: (path: KeyPath) => number): ConfigFault[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      file,
      line: lineOf([...path, key]),
      key: [...path, key].join('.'),
      found: 'an unknown key',
      expected: 'one of the documented keys',
    }));
  }
  return [
    {
      file,
      line: lineOf(path),
      key: path.join('.'),
      found: describe(issue.input),
      expected: expectationOf(issue),
    },
  ];
}

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `at least ${String(issue.minimum)}`;
  if (issue.code === 'too_big') return `at most ${String(issue.maximum)}`;
  return issue.message;
}

function describe(input: unknown): string {
  if (input === undefined) return 'nothing';
  const text = JSON.stringify(input);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function lineOfPath(document: Document, lines: LineCounter, path: KeyPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = (parent as { items?: readonly unknown[] } | null)?.items?.find(
      (item) => String((item as { key?: { value?: unknown } }).key?.value) === String(key),
    ) as { key?: { range?: readonly number[] } } | undefined;
    const node = document.getIn(path.slice(0, length), true);
    const offset = pair?.key?.range?.[0] ?? (isNode(node) ? node.range?.[0] : undefined);
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}
