import type { FileStore, FileStoreError } from '@oh/file-store-core';

/** A directory of a store: what lies below it is copied, or is to lie below it. */
export interface TransferPlace {
  readonly store: FileStore;
  /** Normalised path of the directory, `''` for the root. */
  readonly path: string;
  /** Whether a file, by its path from the directory, is none of those that count; of a directory, with its `/`, whether no file in it counts. Default: all count. */
  readonly ignores?: ((path: string) => boolean) | undefined;
  /** Told of each directory, by its path from this one, that may not be listed; the rest is listed all the same. Default: the first of them is thrown. */
  readonly onClosed?: ((path: string, error: FileStoreError) => void) | undefined;
}

/** The path in the store of a file below a place. */
export function pathIn(place: TransferPlace, path: string): string {
  return place.path === '' ? path : `${place.path}/${path}`;
}
