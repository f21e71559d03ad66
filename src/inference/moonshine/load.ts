// Opens Moonshine's three sessions: the published encoder, and the two graphs that are written anew.
import type { InferenceSession } from 'onnxruntime-node';
import type { DeviceSetting } from '../device.ts';
import type { ModelReport } from '../messages.ts';
import { openSession, type GraphTransform } from '../sessions.ts';
import { crossGraph, stepGraph } from './graphs.ts';
import { Moonshine } from './moonshine.ts';

export interface MoonshinePlace {
  readonly device: DeviceSetting;
  readonly cacheFolder: string | null;
  /** Of one run. */
  readonly threads: number;
}

export interface LoadedMoonshine {
  readonly moonshine: Moonshine;
  readonly models: readonly ModelReport[];
}

/** The numbers change with what the graphs hold, so that no older graph is taken from the cache. */
const CROSS: GraphTransform = { name: 'cross-1', apply: crossGraph };
const STEP: GraphTransform = { name: 'step-1', apply: stepGraph };

/** @throws SetupError */
export async function loadMoonshine(place: MoonshinePlace): Promise<LoadedMoonshine> {
  const encoder = await openSession({ ...place, model: 'moonshineEncoder' });
  const cross = await openSession({ ...place, model: 'moonshineDecoder', transform: CROSS });
  const step = await openSession({ ...place, model: 'moonshineDecoder', transform: STEP });
  const opened = { encoder, cross, step };
  const sessions: Record<keyof typeof opened, InferenceSession> = {
    encoder: encoder.session,
    cross: cross.session,
    step: step.session,
  };
  return { moonshine: new Moonshine(sessions), models: Object.values(opened).map(({ report }) => report) };
}
