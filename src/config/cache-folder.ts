// Says where caches are kept: where the configuration says, or where this system keeps the caches of a user.
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentRecord } from './env.ts';

const NAME = 'parley';
/** Settings that are no folder. */
export const CACHE_WORDS: readonly string[] = ['auto', 'off'];

/** `setting` is `auto`, `off` or a folder. Null keeps nothing. */
export function cacheFolderOf(
  setting: string,
  environment: EnvironmentRecord,
  system: NodeJS.Platform = platform(),
): string | null {
  if (setting === 'off') return null;
  if (setting !== 'auto') return setting;
  const home = homedir();
  if (system === 'win32') return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData/Local'), NAME);
  if (system === 'darwin') return join(home, 'Library/Caches', NAME);
  // By the XDG specification a relative path in the variable is ignored.
  const named = environment['XDG_CACHE_HOME'] ?? '';
  return join(named.startsWith('/') ? named : join(home, '.cache'), NAME);
}
