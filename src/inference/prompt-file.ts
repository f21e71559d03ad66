// Ready clauses in one file on disk: written whole or not at all, and read only as they were written.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';
import type { TtsJob } from './messages.ts';

const NAME = 'prompts.bin';
/** Goes up when the format changes. */
const FORMAT = 1;
const NEWLINE = 10;

export interface ReadyPrompt extends TtsJob {
  readonly audio: Mulaw8k;
}

/** One line of JSON, then the audio of its clauses, one after the other. */
interface Head {
  readonly format: number;
  /** Of the audio, in hexadecimal. */
  readonly sha256: string;
  readonly clauses: readonly { readonly voice: string; readonly text: string; readonly bytes: number }[];
}

/** In the order in which they were written; none where there is no file. @throws Error when the file is not what was written. */
export async function readPrompts(folder: string, maxBytes: number): Promise<readonly ReadyPrompt[]> {
  const path = join(folder, NAME);
  const size = await stat(path).then(
    (found) => found.size,
    () => null,
  );
  if (size === null) return [];
  if (size > maxBytes) throw new Error(`it has ${size} bytes; at most ${maxBytes} are read`);
  const file = await readFile(path);
  const end = file.indexOf(NEWLINE);
  const head: unknown = JSON.parse(file.toString('utf8', 0, Math.max(0, end)));
  const body = file.subarray(end + 1);
  if (!isHead(head) || head.sha256 !== digestOf(body)) throw new Error('it is not what was written');
  let at = 0;
  return head.clauses.map(({ voice, text, bytes }) => {
    // A copy: one clause that stays must not hold the whole file.
    const audio = mulaw8k(Uint8Array.from(body.subarray(at, at + bytes)));
    at += bytes;
    return { voice, text, audio };
  });
}

/** Takes the place of the file that was there. Makes the folder. */
export async function writePrompts(folder: string, prompts: readonly ReadyPrompt[]): Promise<void> {
  const body = Buffer.concat(prompts.map(({ audio }) => audio));
  const clauses = prompts.map(({ voice, text, audio }) => ({ voice, text, bytes: audio.length }));
  const head: Head = { format: FORMAT, sha256: digestOf(body), clauses };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `${NAME}.unfinished-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(unfinished, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]));
    await rename(unfinished, join(folder, NAME));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** The digest vouches for the rest: only this program writes it. */
function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { format, clauses } = value as Partial<Head>;
  return format === FORMAT && Array.isArray(clauses);
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
