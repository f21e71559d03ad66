// The settings of speech to text that are compared, and how each is made.
import { SttLane } from '../../../src/inference/stt-lane.ts';

export interface Variant {
  /** `none`: the model hears the speech and its margins. `bucket`: rounded up to whole half seconds with silence. */
  readonly padding: 'none' | 'bucket';
  /** Clips given to the lane in one job. */
  readonly batch: number;
  readonly threads: number;
}

/** The first is what the others are compared with. */
export const VARIANTS: readonly Variant[] = [
  { padding: 'none', batch: 1, threads: 1 },
  { padding: 'none', batch: 4, threads: 1 },
  { padding: 'none', batch: 8, threads: 1 },
  { padding: 'none', batch: 1, threads: 2 },
  { padding: 'bucket', batch: 1, threads: 1 },
  { padding: 'bucket', batch: 8, threads: 1 },
];

const BUCKET_MS = 500;

export async function openLane({ padding, threads }: Variant): Promise<SttLane> {
  const lane = await SttLane.load(threads);
  lane.inputStepMs = padding === 'bucket' ? BUCKET_MS : 0;
  await lane.warmUp();
  return lane;
}

export function nameOf({ padding, batch, threads }: Variant): string {
  return `${padding === 'none' ? 'unpadded' : 'padded'}, ${batch} at once, ${threads} thread${threads === 1 ? '' : 's'}`;
}
