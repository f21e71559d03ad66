// What a lane is made of: which one it is, how it shares the cores, and what it needs from the rest.
import type { Clock } from '../ports/clock.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { ChildEvents, LaneChildPort } from './lane-child.ts';
import type { InferenceSettings, LaneName } from './settings.ts';

export interface LaneDeps {
  readonly settings: InferenceSettings;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly laneEntry: URL;
  /** Takes the place of forking `laneEntry`. */
  readonly launch?: (events: ChildEvents) => LaneChildPort;
}

/** Which lane, and which of its processes where there are several: `stt` and `stt-2`. */
export interface LaneIdentity<Name extends LaneName> {
  readonly name: Name;
  readonly label: string;
}

/**
 * Voice activity and the socket thread go first: they are short, and every call waits for them 31 times a second. Measured
 * with two busy lanes and 30 calls on 2 cores: the wait for a verdict, p95, is 21 ms instead of 27; 5 below is no better.
 */
export const PRIORITY_BELOW: Readonly<Record<LaneName, number>> = { vad: 0, stt: 2, tts: 2 };
