// Where the optimized graphs are kept, on each system.
import { describe, expect, it } from 'vitest';
import { cacheFolderOf } from '../../src/config/cache-folder.ts';

describe('the cache folder', () => {
  it('is the one that is named, or none', () => {
    expect(cacheFolderOf('/var/cache/voice', {}, 'linux', '/home/ann')).toBe('/var/cache/voice');
    expect(cacheFolderOf('off', {}, 'linux', '/home/ann')).toBeNull();
  });

  it.each([
    ['linux', {}, '/home/ann/.cache/parley'],
    ['linux', { XDG_CACHE_HOME: '/fast' }, '/fast/parley'],
    ['linux', { XDG_CACHE_HOME: 'not/absolute' }, '/home/ann/.cache/parley'],
    ['darwin', { XDG_CACHE_HOME: '/fast' }, '/home/ann/Library/Caches/parley'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/parley'],
  ] as const)('is where %s keeps the caches of a user, with %j', (system, environment, folder) => {
    expect(cacheFolderOf('auto', environment, system, '/home/ann')).toBe(folder);
  });
});
