import type { AbortOptions } from '@oh/file-store-core';
import { listPassingOver } from './list-passing-over.ts';
import { relativePath } from './relative-path.ts';
import type { TransferPlace } from './transfer-place.ts';

/** A file below a place, as a listing has it. */
export interface ListedFile {
  /** From the directory of the place. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly version: string;
}

/** The directory, below the target of a transfer, that belongs to transfers; it is neither copied, nor compared, nor deleted. */
export const recordDirectory = '.oh-sync';

/** The files below a place, lazily, in the order of their paths' UTF-8 bytes; without those of {@link recordDirectory} and those it ignores. */
export async function* listFiles(place: TransferPlace, { signal }: AbortOptions): AsyncGenerator<ListedFile, void, undefined> {
  for await (const { path: full, size, version } of listPassingOver(place, { signal })) {
    const path = relativePath(full, place.path);
    if (!path.startsWith(`${recordDirectory}/`)) {
      yield { path, size, version };
    }
  }
}

/** How many files lie below a place, and how many bytes they have. */
export async function countFiles(place: TransferPlace, options: AbortOptions): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  for await (const { size } of listFiles(place, options)) {
    files += 1;
    bytes += size;
  }
  return { files, bytes };
}
