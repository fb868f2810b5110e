import { FileStoreError } from '@oh/file-store-core';
import type { Storage } from '@oh/storage';

/** Why no key protects the secrets of OpenHands' own folder. */
export const plainHere = 'secrets are in plain text here, since OpenHands, whose folder this is, reads no other';

/** Whether it is OpenHands' own folder, in which secrets are in plain text. */
export function isPlain({ layout }: Pick<Storage, 'layout'>): boolean {
  return layout.name === 'sessions';
}

/** @throws {FileStoreError} `unsupported` in OpenHands' own folder. */
export function requireKeys(storage: Pick<Storage, 'layout'>): void {
  if (isPlain(storage)) {
    throw new FileStoreError('unsupported', `no key to change: ${plainHere}; "import openhands" encrypts them in another place`);
  }
}
