// What a call is built from: its line, its conversation, the shared models, and the numbers that govern it.
import type { Ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaChannel } from '../ports/media-channel.ts';
import type { OutboundPlan } from '../ports/outbound.ts';
import type { Conversation } from '../ports/responder.ts';
import type { SpeechDetector } from '../ports/speech-detector.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import type { TurnEndDetector } from '../ports/turn-end.ts';
import type { TurnPolicy } from '../turn/policy.ts';
import type { CallJournal } from './call-journal.ts';

export interface CallDeps {
  readonly channel: MediaChannel;
  readonly conversation: Conversation;
  readonly detector: SpeechDetector;
  readonly transcriber: Transcriber;
  readonly synthesizer: Synthesizer;
  /** Null where no acoustic turn model is loaded. */
  readonly turnEnd: TurnEndDetector | null;
  /** Whether the models have time for work that may turn out to be for nothing. */
  readonly maySpeculate: () => boolean;
  readonly clock: Clock;
  /** Already carries callSid and streamSid. */
  readonly logger: Logger;
  readonly meter: Meter;
  readonly policy: TurnPolicy;
  readonly leadMs: Ms;
  /** Without any audio for this long by the wall clock, silence takes its place. */
  readonly stallMs: Ms;
  readonly journal: CallJournal;
  /** Of a call that we made; null for one that came in. */
  readonly outbound: OutboundPlan | null;
  /** Called once, last of all. */
  readonly onClosed: () => void;
}
