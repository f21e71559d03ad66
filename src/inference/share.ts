// How the machine's cores are shared out where the configuration leaves it to us.
import { availableParallelism } from 'node:os';
import type { InferenceSettings } from './settings.ts';

const MOST_STT_PROCESSES = 8;

export interface CoreShare {
  readonly sttProcesses: number;
  readonly heavyRuns: number;
}

/**
 * Half of the cores hear; the others serve sockets, voice activity and speech. Heavy runs never outnumber the cores: more
 * would only slow each other's first results.
 */
export function shareCores(
  { sttProcesses, heavyRuns }: Pick<InferenceSettings, 'sttProcesses' | 'heavyRuns'>,
  cores: number = availableParallelism(),
): CoreShare {
  const half = Math.max(1, Math.floor(cores / 2));
  return {
    sttProcesses: sttProcesses === 'auto' ? Math.min(half, MOST_STT_PROCESSES) : sttProcesses,
    heavyRuns: heavyRuns === 'auto' ? cores : heavyRuns,
  };
}
