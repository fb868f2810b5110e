import { type FileStore, withPrefix } from '@oh/file-store-core';
import { FileSecretsStore, KeyFile, KeyRing } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';
import type { Target } from './protocol.ts';

/** Secrets and settings of one key of a protocol, sealed by one ring. */
export class SealedData {
  readonly files: FileStore;
  readonly keys: KeyRing;

  /** The ring is protected by a key file beside the root of the store, on the same file system: its power is cut too. */
  constructor({ store, path, root }: Target) {
    this.files = withPrefix(store, path);
    this.keys = new KeyRing({ files: this.files, wrapper: new KeyFile({ path: `${root}-keys/key` }) });
  }

  secrets(userId?: string): FileSecretsStore {
    return new FileSecretsStore({ files: this.files, keys: this.keys, userId });
  }

  settings(userId?: string): FileSettingsStore {
    return new FileSettingsStore({ files: this.files, sealer: this.keys, userId });
  }
}
