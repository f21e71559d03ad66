// Keeps optimized graphs on disk, one file each, so that the next start need not optimize the model again.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileDigest } from './file-digest.ts';

/** What an optimized graph depends on; anything else in it would make entries useless for no reason. */
export interface GraphIdentity {
  /** Names the file: the model, and the rewrite if there is one. */
  readonly name: string;
  readonly dependsOn: Readonly<Record<string, unknown>>;
}

/** Entries of one name that stay when another is stored: it, and one of another setting or of the version before. */
const KEPT_PER_NAME = 2;
/** Between storing an entry and opening it lie seconds, and another process must not remove it there. */
const RECENT_MS = 60_000;
/** An entry that no start has used for this long is removed when another is stored. */
const UNUSED_MS = 30 * 24 * 3_600_000;
/** Storing takes seconds: such a file was left behind by a process that ended meanwhile. */
const ABANDONED_MS = 3_600_000;
const KEY_LETTERS = 16;
const ENTRY = /^(?<name>[\w-]+)\.(?<key>[0-9a-f]{16})\.(?<digest>[0-9a-f]{64})\.ort$/;
const UNFINISHED = /^[\w-]+\.[0-9a-f]{16}\.unfinished-[0-9a-f]+$/;

export class GraphCache {
  readonly #folder: string;
  readonly #note: (text: string) => void;

  /** `note` is told of every entry that was found broken. */
  constructor(folder: string, note: (text: string) => void) {
    this.#folder = folder;
    this.#note = note;
  }

  /** The file of the entry, whose content is what was stored; null when there is none. A broken one is removed. */
  async find(identity: GraphIdentity): Promise<string | null> {
    const key = keyOf(identity);
    for (const { file, name } of await this.#entries()) {
      if (name !== identity.name || !file.startsWith(`${name}.${key}.`)) continue;
      const path = join(this.#folder, file);
      if (await isIntact(path, key)) {
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return path;
      }
      await this.discard(path, 'its content is not what was stored');
    }
    return null;
  }

  async discard(path: string, reason: string): Promise<void> {
    this.#note(`the cached graph ${path} is removed: ${reason}`);
    await this.#remove(basename(path));
  }

  /** A new file for `store`, in the same folder so that it can be renamed. @throws when the folder cannot be written. */
  async unfinished(identity: GraphIdentity): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const random = randomBytes(6).toString('hex');
    return join(this.#folder, `${identity.name}.${keyOf(identity)}.unfinished-${random}`);
  }

  /**
   * Takes a finished file in, and returns its path. The rename is what makes it an entry: another process sees all of
   * it or nothing, and one that has the file of before open keeps it.
   */
  async store(identity: GraphIdentity, unfinished: string): Promise<string> {
    const key = keyOf(identity);
    const { sha256 } = await fileDigest(unfinished, key);
    const path = join(this.#folder, `${identity.name}.${key}.${sha256}.ort`);
    await rename(unfinished, path);
    await this.#prune();
    return path;
  }

  async #prune(): Promise<void> {
    const kept = new Map<string, Set<string>>();
    for (const { file, name, key, usedMs } of await this.#entries()) {
      const unusedMs = Date.now() - usedMs;
      const keys = kept.get(name) ?? new Set();
      const isWanted = !keys.has(key) && keys.size < KEPT_PER_NAME && unusedMs < UNUSED_MS;
      if (isWanted) kept.set(name, keys.add(key));
      else if (unusedMs > RECENT_MS) await this.#remove(file);
    }
    for (const file of await readdir(this.#folder)) {
      if (!UNFINISHED.test(file)) continue;
      const path = join(this.#folder, file);
      const abandoned = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_MS,
        () => false,
      );
      if (abandoned) await this.#remove(file);
    }
  }

  /** A file that cannot be removed is tried again when another is stored. */
  async #remove(file: string): Promise<void> {
    await rm(join(this.#folder, file), { force: true }).catch(() => undefined);
  }

  /** The most recently used first. */
  async #entries(): Promise<{ file: string; name: string; key: string; usedMs: number }[]> {
    const files = await readdir(this.#folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    const entries = files.map(async (file) => {
      const { name, key } = ENTRY.exec(file)?.groups ?? {};
      if (name === undefined || key === undefined) return [];
      // Another process may have removed it since.
      const found = await stat(join(this.#folder, file)).catch(() => null);
      return found === null ? [] : [{ file, name, key, usedMs: found.mtimeMs }];
    });
    return (await Promise.all(entries)).flat().sort((a, b) => b.usedMs - a.usedMs);
  }
}

/** The digest in the name covers the key as well, so an entry under another's name is not intact. */
async function isIntact(path: string, key: string): Promise<boolean> {
  const digest = await fileDigest(path, key).catch(() => null);
  return digest !== null && path.endsWith(`.${key}.${digest.sha256}.ort`);
}

export interface CacheState {
  readonly graphs: number;
  readonly megabytes: number;
}

/** Of every entry in the folder, whoever stored it. A folder that does not exist yet is empty. */
export async function cacheState(folder: string): Promise<CacheState> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => ENTRY.test(file));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { graphs: files.length, megabytes: Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6) };
}

function keyOf({ name, dependsOn }: GraphIdentity): string {
  const text = JSON.stringify([name, dependsOn]);
  return createHash('sha256').update(text).digest('hex').slice(0, KEY_LETTERS);
}
