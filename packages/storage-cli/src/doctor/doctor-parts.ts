import type { AbortOptions, FileStore, StorageLayout } from '@oh/file-store-core';
import type { KeyRing } from '@oh/secrets-store';
import type { Finding } from './finding.ts';

/** What the checks share. */
export interface DoctorParts extends AbortOptions {
  /** The store, to look at: nothing in it can be changed. */
  readonly files: FileStore;
  /** The same, for what is safe to be changed. */
  readonly writable: FileStore;
  /** The directory of the local disk that it is; `undefined` for a bucket. */
  readonly directory: string | undefined;
  readonly layout: StorageLayout;
  readonly keys: KeyRing;
  /** Whose data is looked at: nobody's first. */
  readonly users: readonly (string | undefined)[];
  readonly now: Date;
  /** Takes what is found. */
  readonly report: (finding: Finding) => Promise<void>;
}
