// Estimates the memory that a server needs, so that more calls than fit are refused before the kernel ends a process.
import { totalmem } from 'node:os';
import { ConfigError } from '../config/config-error.ts';

/**
 * Resident memory in MB on linux/x64 with Node 20, after warm-up and some requests. Weights that several processes
 * map are counted in each of them.
 */
const PROCESS_MB = { server: 130, vad: 95, stt: 465, tts: 135 };
/** One more call in the server and its share of the lanes: 1.5 MB over a ramp to 200 calls. */
const CALL_MB = 2;
const BYTES_PER_MB = 1_000_000;

export interface MemoryLoad {
  readonly calls: number;
  readonly sttProcesses: number;
}

export function memoryNeedMb({ calls, sttProcesses }: MemoryLoad): number {
  const { server, vad, stt, tts } = PROCESS_MB;
  return server + vad + sttProcesses * stt + tts + calls * CALL_MB;
}

/** `constrainedBytes` is the limit of a container, as Node tells it; 0 or more than there is means none. */
export function memoryLimitMb(constrainedBytes: number): number {
  const bytes = constrainedBytes > 0 ? Math.min(constrainedBytes, totalmem()) : totalmem();
  return Math.floor(bytes / BYTES_PER_MB);
}

/** @throws ConfigError when the calls and processes need more than `limitMb`. */
export function checkMemory(load: MemoryLoad, limitMb: number): void {
  const need = memoryNeedMb(load);
  if (need <= limitMb) return;
  const room = Math.floor((limitMb - memoryNeedMb({ ...load, calls: 0 })) / CALL_MB);
  const expected =
    room >= 1
      ? `at most ${room} calls in the ${limitMb} MB of this machine or container`
      : `${memoryNeedMb({ ...load, calls: 1 })} MB of memory for one call, and there are ${limitMb}`;
  const found = `${load.calls} calls, for about ${need} MB, speech-to-text processes: ${load.sttProcesses}`;
  throw new ConfigError([{ file: 'configuration', key: 'server.maxCalls', found, expected }]);
}
