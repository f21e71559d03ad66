// Loads the model of each lane.
import type { LaneModel } from './messages.ts';
import type { InferenceSettings, LaneName } from './settings.ts';

/** Only the named lane's libraries are loaded, so each process holds one model and no more. */
export async function loadLaneModel(
  lane: LaneName,
  settings: InferenceSettings,
): Promise<LaneModel<never, unknown>> {
  switch (lane) {
    case 'vad':
      return (await import('./vad-lane.ts')).VadLane.load(settings.vadSlots, settings.cacheFolder);
    case 'stt':
      return (await import('./stt-lane.ts')).SttLane.load(settings.sttThreads, settings);
    case 'tts':
      return (await import('./tts-lane.ts')).TtsLane.load(settings.voices);
  }
}
