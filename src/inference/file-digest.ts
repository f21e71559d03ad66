// Hashes a file piece by piece, so that a large one does not have to fit into memory.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const PIECE_BYTES = 1 << 20;

export interface FileDigest {
  readonly sha256: string;
  readonly bytes: number;
}

/** `salt` is hashed before the content. */
export async function fileDigest(path: string, salt = ''): Promise<FileDigest> {
  const hash = createHash('sha256').update(salt);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = await open(path);
  try {
    for (let bytes = 0; ;) {
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES);
      if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes };
      hash.update(piece.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
