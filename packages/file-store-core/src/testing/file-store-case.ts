import type { FileStore } from '../file-store.ts';

/** One behaviour that every store must show. */
export interface FileStoreCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Shows it on a fresh, empty store; what a store cannot honour by its capabilities it must refuse. */
  readonly run: (store: FileStore) => Promise<void>;
}
