import type { FileStore } from '@oh/file-store-core';
import type { LeftOutReason } from '@oh/file-store-local';

/** What a scheme may know when it resolves a location. */
export interface SchemeContext {
  /** The absolute directory that relative names start from. */
  readonly cwd: string;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * What the location is wanted for: `contents`, to read what it names or to write below it; `directory`, to make a directory of it when it is missing;
   * `entry`, to remove it, which is never the root of a store.
   */
  readonly purpose: 'contents' | 'directory' | 'entry';
}

/** Where a location lies: a store that can be opened, and a path in it. */
export interface StorePlace {
  /** Names the store: locations of one run with the same key share it. */
  readonly storeKey: string;
  /** Opens the store; called once for a key. @param leftOut Takes what listings of the store leave out, by its path. */
  openStore(leftOut: Map<string, LeftOutReason>): Promise<FileStore>;
  /** Normalised path in the store, `''` for its root. */
  readonly path: string;
  /** The last segment of what the user wrote; `''` for a root and for `.` and `..`, which name contents only. */
  readonly name: string;
  /** Whether it is known to exist as a directory, an empty one too. */
  readonly isDirectory: boolean;
  /** The same text for the same place, however it is written; without a slash at its end. */
  readonly address: string;
}

/** One kind of store URL: everything after the colon is its own. */
export interface StoreScheme {
  /** How a location is written, for help and errors: `local:PATH`. */
  readonly usage: string;
  /** What it names, for the help. */
  readonly summary: string;
  /**
   * Finds the place that a location names.
   *
   * @param rest What follows the colon.
   * @throws {UsageError} When it is not written as it should be.
   */
  resolve(rest: string, context: SchemeContext): Promise<StorePlace>;
}
