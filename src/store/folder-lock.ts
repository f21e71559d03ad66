// Keeps the embedded database's folder to one process, also after one that was killed.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { kill, pid as ownPid } from 'node:process';
import { StoreError } from '../ports/campaign-store.ts';

/** Who holds a folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's own count; pids are used again. Empty where it cannot be told. */
  readonly startedAt: string;
  /** Where the holder's API listens, for commands that find the folder taken; null where it has none. */
  readonly url: string | null;
}

const FILE = 'parley.lock';

export interface FolderLock {
  /** Says where the holder's API listens, once it does. */
  tell(url: string): void;
  release(): void;
}

/** @throws StoreError `in-use` with who holds it. */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, FILE);
  const own: LockHolder = { pid: ownPid, host: hostname(), startedAt: startOf(ownPid), url: null };
  const draft = `${file}.${ownPid}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    if (!linked(draft, file)) {
      const holder = lockHolder(folder);
      if (holder !== null) throw inUse(folder, holder);
      // Left by a process that is gone. Of two that find it so, the second's link fails.
      rmSync(file, { force: true });
      if (!linked(draft, file)) throw inUse(folder, lockHolder(folder));
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    tell: (url) => {
      writeFileSync(file, JSON.stringify({ ...own, url }), { mode: 0o600 });
    },
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

/** The process that holds the folder now; null where none does. */
export function lockHolder(folder: string): LockHolder | null {
  const holder = read(join(folder, FILE));
  if (holder === null) return null;
  // On another machine nothing can be told of a process: the lock is believed.
  if (holder.host !== hostname()) return holder;
  // In a container every program is process 1: our own number of an earlier life holds nothing.
  const isEarlierSelf = holder.pid === ownPid && holder.startedAt !== startOf(ownPid);
  return !isEarlierSelf && isAlive(holder) ? holder : null;
}

function read(file: string): LockHolder | null {
  try {
    const { pid, host, startedAt, url } = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockHolder>;
    if (typeof pid !== 'number' || typeof host !== 'string') return null;
    return { pid, host, startedAt: startedAt ?? '', url: url ?? null };
  } catch {
    return null;
  }
}

function isAlive({ pid, startedAt }: LockHolder): boolean {
  try {
    kill(pid, 0);
  } catch (error) {
    // Not ours to signal is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startOf(pid);
  return startedAt === '' || now === '' || now === startedAt;
}

/** Field 22 of /proc/PID/stat, behind the name in brackets, which may hold anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function inUse(folder: string, holder: LockHolder | null): StoreError {
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new StoreError(
    'in-use',
    `${folder} is in use by ${who}: stop it, ask it over its API, or share a Postgres with DATABASE_URL.`,
  );
}
