import { FileStoreError } from '@oh/file-store-core';
import type { Target } from '../locations/find-target.ts';
import type { Location } from '../locations/location.ts';

/**
 * Checks that something does not go to or into itself: a directory in itself would be gone through without end.
 *
 * @param done What is about to be done to it, such as `copied`.
 * @throws {FileStoreError} `invalid-argument`.
 */
export function checkApart(from: Location, target: Target, done: string): void {
  if (target.address === from.address || target.address.startsWith(`${from.address}/`)) {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(from.url)} cannot be ${done} to or into itself`, { path: from.path });
  }
}
