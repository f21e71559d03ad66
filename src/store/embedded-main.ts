// The thread of the embedded database: PGlite blocks whatever thread its queries run on.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { EmbeddedAnswer, EmbeddedRequest, EmbeddedSetup } from './embedded-protocol.ts';

const { folder } = workerData as EmbeddedSetup;
/** PGlite switches fsync off; what is acknowledged must outlive a power cut where it is on disk at all. */
const NO_FSYNC = '-F';
/** A campaign's hot rows are a few megabytes; PGlite's own 128 MB would all be resident. */
const BUFFERS = ['-c', 'shared_buffers=32MB'];
const opening = PGlite.create({
  startParams: [
    ...PGlite.defaultStartParams.filter((param) => folder === null || param !== NO_FSYNC),
    ...BUFFERS,
  ],
  ...(folder === null ? {} : { dataDir: folder }),
});

async function answer(request: EmbeddedRequest): Promise<readonly unknown[]> {
  const db = await opening;
  switch (request.kind) {
    case 'query':
      return (await db.query(request.text, [...request.params])).rows;
    case 'script':
      await db.exec(request.text);
      return [];
    case 'close':
      await db.close();
      return [];
  }
}

parentPort?.on('message', (request: EmbeddedRequest) => {
  const { id } = request;
  const reply = (message: EmbeddedAnswer): void => {
    parentPort?.postMessage(message);
  };
  answer(request).then(
    (rows) => {
      reply({ id, rows });
      if (request.kind === 'close') parentPort?.close();
    },
    (error: unknown) => {
      const { code } = error as { code?: unknown };
      const message = error instanceof Error ? error.message : String(error);
      reply({ id, failed: { message, code: typeof code === 'string' ? code : '' } });
    },
  );
});
