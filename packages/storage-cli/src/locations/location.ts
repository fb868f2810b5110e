import type { FileStore } from '@oh/file-store-core';
import type { LeftOutReason } from '@oh/file-store-local';

/** A store URL that was opened. */
export interface Location {
  /** As the user wrote it. */
  readonly url: string;
  /** Closed when the run ends. */
  readonly store: FileStore;
  /** Normalised path in the store, `''` for its root. */
  readonly path: string;
  /** The last segment of the URL; `''` where it names contents only. */
  readonly name: string;
  /** Whether it is known to exist as a directory, an empty one too. */
  readonly isDirectory: boolean;
  /** Whether it was written with a slash at its end. */
  readonly wantsDirectory: boolean;
  /** The same text for the same place; without a slash at its end. */
  readonly address: string;
  /** What listings of the store leave out, by its path in the store, a directory with a slash at the end, as far as they have met it; `undefined` where there can be none. */
  readonly leftOut?: ReadonlyMap<string, LeftOutReason> | undefined;
}
