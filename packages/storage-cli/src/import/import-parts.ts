import type { EventSecrets } from '@oh/event-store';
import type { AbortOptions, FileStore, StorageLayout } from '@oh/file-store-core';
import type { KeyRing } from '@oh/secrets-store';
import type { ImportReport } from './import-report.ts';

/** What the parts of an import share. */
export interface ImportParts extends AbortOptions {
  /** Nothing in it is changed. */
  readonly from: FileStore;
  /** The path of the database with the records of OpenHands 1.x on the local disk. Default: it is not there. */
  readonly database?: string | undefined;
  /** How the data lies there. */
  readonly fromLayout: StorageLayout;
  /** Where it goes. */
  readonly to: FileStore;
  /** How it is to lie there. */
  readonly toLayout: StorageLayout;
  /** Encrypts what is secret at the target. */
  readonly keys: KeyRing;
  /** What no event at the target may hold: secrets, and keys in settings, which are imported first. */
  readonly hidden: EventSecrets;
  /** Gets the paths of those of the source that could not be read, so that {@link hidden} lacks them. */
  readonly unread: Set<string>;
  /** The passphrases of Fernet tokens in the source. Default: none. */
  readonly fernetPassphrases?: readonly string[] | undefined;
  /** Changes nothing. */
  readonly dryRun: boolean;
  readonly report: ImportReport;
}
