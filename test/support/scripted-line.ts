// The far end of a scripted call: plays what is sent, returns marks when they are played, and may lose or repeat them.
import type { MediaChannel } from '../../src/ports/media-channel.ts';

export type Marks = 'returned' | 'lost' | 'twice' | 'late' | 'at-once';

/** How much a late mark is late: more than the slack of the byte clock. */
const LATE_MS = 1_500;

export interface ScriptedLineOptions {
  readonly now: () => number;
  readonly onMark: (name: string) => void;
}

export class ScriptedLine implements MediaChannel {
  readonly callSid = 'CA1';
  readonly streamSid = 'MZ1';
  readonly sent: { at: number; ms: number }[] = [];
  readonly clearedAt: number[] = [];
  readonly marked: string[] = [];
  /** Names in the order in which they came back, from the line or from `clear`. */
  readonly returned: string[] = [];
  marks: Marks = 'returned';
  /** What the far end does about it. */
  onClose: () => void = () => undefined;
  closedWith: string | null = null;
  /** When everything that was sent will have been played. */
  playhead = 0;
  /** What was sent and, since it was cleared, never played. */
  droppedMs = 0;
  #marks: { name: string; due: number }[] = [];
  #last = { name: '', sends: 0 };
  readonly #options: ScriptedLineOptions;

  constructor(options: ScriptedLineOptions) {
    this.#options = options;
  }

  send(audio: Uint8Array): void {
    const now = this.#options.now();
    const length = audio.length / 8;
    this.sent.push({ at: now, ms: length });
    this.playhead = Math.max(now, this.playhead) + length;
  }

  mark(name: string): void {
    this.#last = { name, sends: this.sent.length };
    if (this.marks === 'lost') return;
    const playedAt = this.marks === 'at-once' ? this.#options.now() : this.playhead;
    this.marked.push(name);
    this.#marks.push({ name, due: playedAt + (this.marks === 'late' ? LATE_MS : 0) });
  }

  clear(): void {
    const now = this.#options.now();
    this.clearedAt.push(now);
    this.droppedMs += Math.max(0, this.playhead - now);
    this.playhead = now;
    for (const { name } of this.#marks.splice(0)) this.#return(name);
  }

  /** Returns the marks that have been played. */
  play(): void {
    const now = this.#options.now();
    const due = this.#marks.filter((mark) => mark.due <= now);
    this.#marks = this.#marks.filter((mark) => mark.due > now);
    for (const { name } of due) this.#return(name);
  }

  #return(name: string): void {
    this.returned.push(name);
    this.#options.onMark(name);
    if (this.marks === 'twice') this.#options.onMark(name);
  }

  close(_: number, reason: string): void {
    this.closedWith ??= reason;
    this.onClose();
  }

  /** The mark behind everything that was sent has come back. */
  get lastMarkReturned(): boolean {
    return this.returned.at(-1) === this.#last.name && this.sent.length === this.#last.sends;
  }

  /** Audio of the agent is being played now. */
  get playing(): boolean {
    return this.playhead > this.#options.now();
  }
}
