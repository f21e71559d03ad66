// The models, as their lanes run them: voice activity, speech to text, speech.
import type { Figure } from './measure.ts';

export async function benchModels(record: (figure: Figure) => void): Promise<void> {
  await Promise.resolve(record);
}
