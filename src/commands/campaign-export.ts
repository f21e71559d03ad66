// `parley campaign export`: what became of each contact, and what was said in each call.
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ServerError, type ServerClient } from './server-client.ts';
import { transcriptText, type ToldCall } from './transcript-text.ts';

export interface ExportFlags {
  readonly format: string;
  readonly out?: string;
  readonly transcripts?: string;
}

export async function exportResults(
  server: ServerClient,
  id: string,
  { format, out, transcripts }: ExportFlags,
  signal: AbortSignal,
): Promise<object> {
  if (format !== 'csv' && format !== 'json') {
    throw new ServerError(0, `--format: found ${JSON.stringify(format)}, expected csv or json.`);
  }
  const path = `/campaigns/${encodeURIComponent(id)}/results`;
  const names = transcripts === undefined ? 'api' : 'files';
  const rows = await server.text(`${path}?format=${format}&transcripts=${names}`);
  if (out === undefined) for await (const chunk of rows) process.stdout.write(chunk);
  else await pipeline(Readable.from(rows), createWriteStream(out));
  if (transcripts === undefined) return {};
  return { transcripts: await writeTranscripts(server, path, transcripts, signal) };
}

/** How many were written; a call that ended before it was connected has none. */
async function writeTranscripts(
  server: ServerClient,
  path: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const rows = await server.text(`${path}?format=json&transcripts=files`);
  let written = 0;
  for await (const line of createInterface({ input: Readable.from(rows) })) {
    const { transcripts } = JSON.parse(line) as { transcripts: string };
    for (const file of transcripts.split(' ').filter((name) => /^CA\w+\.txt$/.test(name))) {
      if (signal.aborted) return written;
      const call = await callOf(server, file.replace('.txt', ''));
      if (call === null) continue;
      writeFileSync(join(folder, file), transcriptText(call));
      written += 1;
    }
  }
  return written;
}

async function callOf(server: ServerClient, callSid: string): Promise<ToldCall | null> {
  try {
    return (await server.json('GET', `/calls/${callSid}`)) as ToldCall;
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return null;
    throw error;
  }
}
