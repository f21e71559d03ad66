// The recipe of the turns: recorded speech with pauses inside it where its speaker's level falls, from a seed alone.
//
// - A pause is one that the speaker could have made: it widens a gap that the speech has (120 ms and longer; the closure
//   of a stop inside a word is shorter), or it lies between two clips of one speaker.
// - Its length is log-uniform from 200 to 1,500 ms: pauses in speech are about log-normal, and every length for which a
//   policy may be tuned gets its share. The speaker's own gap counts as a part of it; one that is longer than the drawn
//   length stays as it is, and one beyond 1,500 ms is shortened to it.
// - A turn has one or two of them, as often, or none where its speech has no such gap. Caller turns of recorded calls have about one sentence end in two inside
//   them, and speakers stop at about half of those; so every fourth turn of a speaker with several clips goes on with
//   another of them, and there the words are complete and the turn is not.
// - Pauses and the silence at the end are the clip's own room: digital silence would be a gift to the detector.
// - Each clip is taken three times, with other pauses; without room for any, once.
import { decodeMulaw, encodeMulaw } from '../../../src/audio/mulaw.ts';
import { LINE_HZ, msToSamples, pcm, samplesToMs } from '../../../src/audio/units.ts';
import { seededRandom, seedFor, type Random } from '../capacity/random.ts';
import type { SpokenClip } from './clips.ts';
import type { Question } from './questions.ts';
import { gapsOf, moreRoom, roomOf, type Gap } from './room.ts';

const TAKES = 3;
const MOST_PAUSES = 2;
const PAUSE_MS = { least: 200, most: 1_500 };
const LEAST_GAP_MS = 120;
/** A pause this near to an end of the speech would leave a click, not a word. */
const LEAST_SPEECH_MS = 300;
const JOINED_SHARE = 0.25;
const LEAD_MS = 300;
/** Of the clip's own sound behind the last speech: its room and breath fade there as they do in a gap. */
const FADE_MS = 100;
/** More than any policy may wait, so that every turn is ended. */
const TAIL_MS = 2_600;

/** `made` in a gap and `joined` are the recipe's, `own` is the speaker's, 200 ms or longer. */
export type PauseKind = 'made' | 'joined' | 'own';

export interface TurnPause {
  readonly kind: PauseKind;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RecipeTurn {
  readonly name: string;
  readonly group: string;
  /** See SpokenClip.voice. */
  readonly voice: string;
  readonly question: Question;
  /** 8 kHz, once through mu-law. */
  readonly samples: Int16Array;
  readonly pauses: readonly TurnPause[];
  /** The end of the last speech sample. */
  readonly endMs: number;
}

/** The same clips and seed give the same turns, whatever else the folder holds. */
export function makeTurns(clips: readonly SpokenClip[], seed: number): RecipeTurn[] {
  return clips.flatMap((clip) => {
    const turns: RecipeTurn[] = [];
    for (let take = 0; take < TAKES; take += 1) {
      const random = seededRandom(seedFor(seed ^ hashOf(clip.name), take));
      const turn = makeTurn(clip, followersOf(clip, clips), { take, random });
      if (turn !== null) turns.push(turn);
    }
    return turns;
  });
}

interface Take {
  readonly take: number;
  readonly random: Random;
}

/** Null without a sound of the room, and for a further take that cannot differ from the first. */
function makeTurn(
  clip: SpokenClip,
  followers: readonly SpokenClip[],
  { take, random }: Take,
): RecipeTurn | null {
  const room = roomOf(clip.samples);
  if (room === null) return null;
  const gaps = insideGaps(clip);
  const joined = followers.length > 0 && random.next() < JOINED_SHARE ? random.pick(followers) : null;
  const count = random.next() < 0.5 ? 1 : MOST_PAUSES;
  const widened = chosen(gaps, joined === null ? count : Math.min(count, MOST_PAUSES - 1), random);
  if (take > 0 && gaps.length === 0 && joined === null) return null;

  const line = new Line(room, random);
  line.quiet(LEAD_MS);
  line.speak(clip, gaps, widened);
  if (joined !== null) {
    const fromMs = line.spokenMs;
    line.quiet(Math.max(0, fromMs + pauseMs(random) - line.atMs));
    line.pauses.push({ kind: 'joined', fromMs, toMs: line.atMs });
    line.speak(joined, insideGaps(joined), []);
  }
  const endMs = line.spokenMs;
  line.quiet(TAIL_MS);
  return {
    name: `${clip.name}#${take + 1}`,
    group: clip.group,
    voice: clip.voice,
    question: clip.question,
    samples: line.audio(),
    pauses: line.pauses,
    endMs,
  };
}

/** The other clips of the speaker; none where speakers are not told apart, or where the question has an answer. */
function followersOf(clip: SpokenClip, clips: readonly SpokenClip[]): SpokenClip[] {
  if (clip.speaker === null || clip.question.kind !== 'free') return [];
  return clips.filter(
    (other) => other !== clip && other.speaker === clip.speaker && other.question.kind === 'free',
  );
}

function insideGaps({ samples, speech }: SpokenClip): Gap[] {
  const margin = msToSamples(LEAST_SPEECH_MS, LINE_HZ);
  return gapsOf(samples, LEAST_GAP_MS).filter(
    ({ start, end }) => start > speech.first + margin && end < speech.last - margin,
  );
}

function chosen(gaps: readonly Gap[], count: number, random: Random): Gap[] {
  const left = [...gaps];
  const taken: Gap[] = [];
  while (taken.length < count && left.length > 0) {
    taken.push(...left.splice(Math.floor(random.next() * left.length), 1));
  }
  return taken.toSorted((a, b) => a.start - b.start);
}

function pauseMs(random: Random): number {
  return PAUSE_MS.least * (PAUSE_MS.most / PAUSE_MS.least) ** random.next();
}

/** The audio of one turn as it grows. */
class Line {
  readonly pauses: TurnPause[] = [];
  readonly #parts: Int16Array[] = [];
  readonly #room: Int16Array;
  readonly #random: Random;
  #length = 0;
  /** The end of the last speech sample. */
  spokenMs = 0;

  constructor(room: Int16Array, random: Random) {
    this.#room = room;
    this.#random = random;
  }

  get atMs(): number {
    return samplesToMs(this.#length, LINE_HZ);
  }

  quiet(durationMs: number): void {
    this.#add(moreRoom(this.#room, msToSamples(durationMs, LINE_HZ), this.#random));
  }

  /** From the clip's first to its last sample of speech, and its fade; `widened` are some of its gaps. */
  speak(clip: SpokenClip, gaps: readonly Gap[], widened: readonly Gap[]): void {
    let from = clip.speech.first;
    for (const gap of gaps) {
      const fromMs = this.atMs + samplesToMs(gap.start - from, LINE_HZ);
      const ownMs = samplesToMs(gap.end - gap.start, LINE_HZ);
      const wantedMs = widened.includes(gap) || ownMs > PAUSE_MS.most ? pauseMs(this.#random) : ownMs;
      const isMade = wantedMs > ownMs || ownMs > PAUSE_MS.most;
      const keptMs = Math.min(ownMs, isMade ? wantedMs : ownMs);
      const half = msToSamples(keptMs / 2, LINE_HZ);
      this.#add(clip.samples.subarray(from, gap.start + half));
      if (isMade) this.quiet(wantedMs - keptMs);
      from = gap.end - half;
      const toMs = this.atMs + samplesToMs(half, LINE_HZ);
      if (isMade) this.pauses.push({ kind: 'made', fromMs, toMs });
      else if (ownMs >= PAUSE_MS.least) this.pauses.push({ kind: 'own', fromMs, toMs });
    }
    const end = clip.speech.last + 1;
    this.#add(clip.samples.subarray(from, end));
    this.spokenMs = this.atMs;
    this.#add(clip.samples.subarray(end, end + msToSamples(FADE_MS, LINE_HZ)));
  }

  audio(): Int16Array {
    const samples = new Int16Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      samples.set(part, at);
      at += part.length;
    }
    // Speech has been through mu-law and does not change by it once more; the room between it has not.
    return decodeMulaw(encodeMulaw(pcm(LINE_HZ, samples))).samples;
  }

  #add(samples: Int16Array): void {
    this.#parts.push(samples);
    this.#length += samples.length;
  }
}

/** FNV-1a: what a clip becomes does not depend on its place in the folder. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
