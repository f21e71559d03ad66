// Reads a YAML file against a zod schema and turns every fault into file, line, key and what to write instead.
import { readFileSync } from 'node:fs';
import { LineCounter, isNode, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { expectationOf } from './expectation.ts';

export type KeyPath = readonly (string | number)[];

export interface YamlFile<T> {
  readonly file: string;
  readonly value: T;
  /** The 1-based line of a key, or of its nearest parent that is in the file. */
  readonly lineOf: (path: KeyPath) => number;
}

/** Where a value was written: the file and line that a fault names. */
export type Place = Pick<ConfigFault, 'file' | 'line'>;

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'a file without read permission',
};

/** @throws ConfigError with every fault of the file, unknown keys included when the schema is strict. */
export function readYamlFile<S extends z.ZodType>(file: string, schema: S): YamlFile<z.output<S>> {
  return parseYaml(file, readText(file), schema);
}

/** Like readYamlFile, for text that is already in memory; `file` is only used in messages. */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): YamlFile<z.output<S>> {
  const raw = parseRawYaml(file, text);
  const value = checkAgainst(schema, raw.value, (path) => ({ file, line: raw.lineOf(path) }));
  return { ...raw, value };
}

/** The file's content without a schema. @throws ConfigError */
export function readRawYaml(file: string): YamlFile<unknown> {
  return parseRawYaml(file, readText(file));
}

/** @throws ConfigError with every fault; `placeOf` says where the value at a path was written. */
export function checkAgainst<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  placeOf: (path: KeyPath) => Place,
): z.output<S> {
  const parsed = schema.safeParse(raw, { reportInput: true, error: expectationOf });
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.flatMap((issue) => faultsOf(issue, [], placeOf)));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an unreadable file';
    throw new ConfigError([
      { file, key: '', found: READ_FAULTS[code] ?? code, expected: 'a readable YAML file' },
    ]);
  }
}

function parseRawYaml(file: string, text: string): YamlFile<unknown> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
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
  return { file, value: toValue(file, document), lineOf: (path) => lineOfPath(document, lines, path) };
}

/** The library refuses aliases that would multiply into a huge value, and aliases of nothing. */
function toValue(file: string, document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    const found = error instanceof Error ? error.message : 'an alias that cannot be followed';
    throw new ConfigError([{ file, key: '', found, expected: 'YAML without such aliases' }]);
  }
}

function faultsOf(
  issue: z.core.$ZodIssue,
  parents: KeyPath,
  placeOf: (path: KeyPath) => Place,
): ConfigFault[] {
  const path = [
    ...parents,
    ...issue.path.filter((part): part is string | number => typeof part !== 'symbol'),
  ];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const at = [...path, key];
      return { ...placeOf(at), key: at.join('.'), found: 'an unknown key', expected: issue.message };
    });
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestBranch(issue.errors);
    if (nearest !== null) return nearest.flatMap((one) => faultsOf(one, path, placeOf));
  }
  const found = issue.code === 'invalid_key' ? 'such a key' : describe(issue.input);
  return [{ ...placeOf(path), key: path.join('.'), found, expected: issue.message }];
}

/** Of the forms that a value could have had, the one that fits it furthest down says best what is wrong. */
function nearestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | null {
  const depthOf = (branch: readonly z.core.$ZodIssue[]): number =>
    Math.min(...branch.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
  const deep = branches.filter((branch) => branch.length > 0 && depthOf(branch) > 0);
  return deep.length === 1 ? (deep[0] ?? null) : null;
}

function describe(input: unknown): string {
  if (input === undefined || input === null) return 'nothing';
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
