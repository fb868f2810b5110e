import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { decodeFrame } from './blob-reader.ts';
import { corrupt } from './corrupt.ts';
import { lossOf } from './lost-file.ts';
import { packPath } from './pack-path.ts';
import type { PackFrame } from './pack-table.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { sha256 } from './sha256.ts';

/** What {@link checkPack} found. */
export interface PackCheck {
  /** What is wrong with the pack, if anything is. */
  readonly error: FileStoreError | undefined;
  /** The blobs that it does not have any more. */
  readonly blobs: readonly string[];
}

/** Compares every byte of a pack with its name, and each blob in it with its id. */
export async function checkPack(
  files: FileStore,
  pack: string,
  frames: readonly PackFrame[],
  cipher: RepositoryCipher,
  options: AbortOptions,
): Promise<PackCheck> {
  const path = packPath(pack);
  const bytes = await readPack(files, path, options);
  if (bytes instanceof FileStoreError) {
    return { error: bytes, blobs: frames.flatMap((frame) => frame.blobs.map(([id]) => id)) };
  }
  const blobs: string[] = [];
  for (const frame of frames) {
    const contents = await decodeFrame(bytes.subarray(frame.at, frame.at + frame.length), frame, cipher);
    blobs.push(...findLostBlobs(frame, contents));
  }
  const isWhole = sha256(bytes) === pack;
  if (isWhole && blobs.length === 0) {
    return { error: undefined, blobs };
  }
  const why = isWhole ? 'its table does not fit its contents' : 'its contents do not have the SHA-256 that it is named by';
  return { error: corrupt(path, `${why}; ${blobs.length} blobs in it are lost`), blobs };
}

async function readPack(files: FileStore, path: string, options: AbortOptions): Promise<Uint8Array | FileStoreError> {
  try {
    return await files.readBytes(path, options);
  } catch (error) {
    return await lossOf({ files, path, error }, options);
  }
}

function findLostBlobs({ blobs }: PackFrame, contents: Buffer | undefined): string[] {
  let start = 0;
  return blobs.flatMap(([id, size]) => {
    const blob = contents?.subarray(start, start + size);
    start += size;
    return blob !== undefined && sha256(blob) === id ? [] : [id];
  });
}
