// Reads the configuration: the defaults and the user's file over them, checked together, then frozen.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE_WORDS } from './cache-folder.ts';
import { configSchema, type Config } from './schema.ts';
import { checkAgainst, readRawYaml, type KeyPath, type Place, type YamlFile } from './yaml-file.ts';

/** Holds every value; the schema has no defaults of its own. */
export const DEFAULT_CONFIG_FILE = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));

/**
 * Keys of the user's file take the place of the defaults one by one; lists are replaced whole.
 * @throws ConfigError with every fault, each with the file and line it stands in.
 */
export function loadConfig(userFile: string | null, defaultFile: string = DEFAULT_CONFIG_FILE): Config {
  const defaults = readRawYaml(defaultFile);
  const user = userFile === null ? null : readRawYaml(userFile);
  const merged = user === null ? defaults.value : merge(defaults.value, user.value);
  const config = checkAgainst(configSchema, merged, (path) => placeOf(path, defaults, user));
  const folderAt = (path: KeyPath, folder: string): string =>
    resolve(dirname(placeOf(path, defaults, user).file), folder);
  const agents = { ...config.agents, folder: folderAt(['agents', 'folder'], config.agents.folder) };
  const { cacheFolder } = config.inference;
  const inference = CACHE_WORDS.includes(cacheFolder)
    ? config.inference
    : { ...config.inference, cacheFolder: folderAt(['inference', 'cacheFolder'], cacheFolder) };
  return deepFreeze({ ...config, agents, inference });
}

/** A fault is told at the user's file when the key, or its section, stands there. */
function placeOf(path: KeyPath, defaults: YamlFile<unknown>, user: YamlFile<unknown> | null): Place {
  if (user !== null && (holds(user.value, path) || holds(user.value, path.slice(0, 1)))) {
    return { file: user.file, line: user.lineOf(path) };
  }
  return { file: defaults.file, line: defaults.lineOf(path) };
}

function holds(value: unknown, path: KeyPath): boolean {
  if (path.length === 0) return value !== null && value !== undefined && !isSection(value);
  let at = value;
  for (const key of path) {
    if (!isSection(at) || !Object.hasOwn(at, key)) return false;
    at = at[String(key)];
  }
  return true;
}

/** A section that is named without any key under it changes nothing. */
function merge(base: unknown, over: unknown): unknown {
  if (over === null || over === undefined) return base;
  if (!isSection(base) || !isSection(over)) return over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) merged.set(key, merge(merged.get(key), value));
  return Object.fromEntries(merged);
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
