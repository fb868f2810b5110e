import { FileStoreError } from '@oh/file-store-core';
import type { BackupKey } from '../src/backup-key.ts';

/** A key that protects nothing: tests of what lies above it need no derivation. */
export function fixedKey(name = 'k'): BackupKey {
  return {
    kind: 'fixed',
    wrap: async (key) => `${name} ${Buffer.from(key).toString('hex')}`,
    unwrap: async (wrapped) => {
      const [wrapper, key = ''] = wrapped.split(' ');
      if (wrapper !== name) {
        throw new FileStoreError('permission-denied', 'the passphrase is wrong');
      }
      return Buffer.from(key, 'hex');
    },
  };
}
