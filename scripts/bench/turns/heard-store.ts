// Keeps what the models heard in turns, so that a policy can be replayed without them.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { HeardTurn } from './listen.ts';
import { phrasesFor } from './questions.ts';
import type { RecipeTurn } from './recipe.ts';

/** Rises with every change of what is heard from the same audio: models, margins, hysteresis. */
const VERSION = 2;

/** Floats as base64: as figures they would be four times as long. */
const features = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : floatsOf(Buffer.from(text, 'base64'))));

const heardTurn = z.strictObject({
  silences: z.array(
    z.strictObject({
      onsetMs: z.number(),
      lastSpeechMs: z.number(),
      askedMs: z.number(),
      resumedMs: z.number().nullable(),
      text: z.string(),
      ending: z.number(),
      features,
      inferMs: z.number(),
    }),
  ),
  doubtMs: z.array(z.number()),
});
const stored = z.strictObject({ version: z.literal(VERSION), turns: z.record(z.string(), heardTurn) });

/** A file that grows with each recipe that is heard; one of another version, or none, begins empty. */
export class HeardStore {
  readonly #file: string;
  readonly #minSilenceMs: number;
  readonly #turns: Map<string, HeardTurn>;

  constructor(file: string, minSilenceMs: number) {
    this.#file = file;
    this.#minSilenceMs = minSilenceMs;
    this.#turns = read(file);
  }

  get(turn: RecipeTurn): HeardTurn | null {
    return this.#turns.get(this.#keyOf(turn)) ?? null;
  }

  set(turn: RecipeTurn, heard: HeardTurn): void {
    this.#turns.set(this.#keyOf(turn), heard);
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const turns = Object.fromEntries(this.#turns);
    writeFileSync(this.#file, JSON.stringify({ version: VERSION, turns }, written));
  }

  #keyOf({ samples, question }: RecipeTurn): string {
    return createHash('sha256')
      .update(`${this.#minSilenceMs} ${phrasesFor(question).join()}`)
      .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
      .digest('base64url');
  }
}

function read(file: string): Map<string, HeardTurn> {
  try {
    const found = stored.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(found.data?.turns ?? {}));
  } catch {
    return new Map();
  }
}

function written(_key: string, value: unknown): unknown {
  if (!(value instanceof Float32Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function floatsOf(bytes: Buffer): Float32Array {
  // The bytes may stand anywhere in a pool: floats must not.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
