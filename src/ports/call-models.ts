// The models that one call works with, whoever else uses them.
import type { SpeechDetector } from './speech-detector.ts';
import type { Synthesizer } from './synthesizer.ts';
import type { Transcriber } from './transcriber.ts';
import type { TurnEndDetector } from './turn-end.ts';

export interface CallModels {
  readonly detector: SpeechDetector;
  readonly transcriber: Transcriber;
  readonly synthesizer: Synthesizer;
  /** Only where an acoustic turn model is loaded. */
  readonly turnEnd?: TurnEndDetector;
}
