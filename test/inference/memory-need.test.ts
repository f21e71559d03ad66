// Calls and processes against the memory that there is.
import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { checkMemory, memoryLimitMb, memoryNeedMb } from '../../src/inference/memory-need.ts';

describe('the memory', () => {
  it('is the smaller of the machine and the container', () => {
    const machine = Math.floor(totalmem() / 1e6);
    expect(memoryLimitMb(512_000_000)).toBe(512);
    expect(memoryLimitMb(0)).toBe(machine);
    // What Node says where there is no limit.
    expect(memoryLimitMb(2 ** 64)).toBe(machine);
  });

  it('lets calls in that fit, to the last megabyte', () => {
    const load = { calls: 16, sttProcesses: 2 };
    const need = memoryNeedMb(load);
    checkMemory(load, need);
    expect(() => {
      checkMemory(load, need - 1);
    }).toThrow(ConfigError);
  });

  it('refuses more calls than fit, and says how many would', () => {
    const limit = memoryNeedMb({ calls: 30, sttProcesses: 1 });
    expect(() => {
      checkMemory({ calls: 31, sttProcesses: 1 }, limit);
    }).toThrow(
      `configuration: server.maxCalls: found 31 calls, for about ${limit + 2} MB, speech-to-text processes: 1, ` +
        `expected at most 30 calls in the ${limit} MB of this machine or container`,
    );
  });

  it('says what one call needs where not even that fits', () => {
    const one = memoryNeedMb({ calls: 1, sttProcesses: 1 });
    expect(() => {
      checkMemory({ calls: 1, sttProcesses: 1 }, 256);
    }).toThrow(`expected ${one} MB of memory for one call, and there are 256`);
  });
});
