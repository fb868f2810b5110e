import type { EventSecrets } from '@oh/event-store';
import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { KeyRing } from '@oh/secrets-store';
import type { ImportReport } from './import-report.ts';

/** What the parts of an import share. */
export interface ImportParts extends AbortOptions {
  /** A data folder of OpenHands; nothing in it is changed. */
  readonly from: FileStore;
  /** Where it goes, in the home layout. */
  readonly to: FileStore;
  /** Encrypts what is secret at the target. */
  readonly keys: KeyRing;
  /** What no event at the target may hold: the secrets, which are imported first. */
  readonly hidden: EventSecrets;
  /** The passphrase of Fernet tokens in the source. Default: none. */
  readonly fernetPassphrase?: string | undefined;
  /** Changes nothing. */
  readonly dryRun: boolean;
  readonly report: ImportReport;
}
