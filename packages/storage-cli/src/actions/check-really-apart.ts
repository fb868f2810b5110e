import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { Location } from '../locations/location.ts';
import { areApart } from '../transfer/are-apart.ts';
import type { TransferPlace } from '../transfer/transfer-place.ts';

/**
 * Checks that two directories of different stores are not one place with two names, and that none lies in the other: what has arrived would be met again, and what
 * is both the copy and what was copied would be deleted.
 *
 * @param to The target, by its URL, and where in it something goes. @param done What is about to be done, such as `copied`.
 * @throws {FileStoreError} `invalid-argument`; what {@link areApart} throws.
 */
export async function checkReallyApart(
  from: Pick<Location, 'store' | 'path' | 'url' | 'address'>,
  to: TransferPlace & Pick<Location, 'url'>,
  done: string,
  { signal }: AbortOptions,
): Promise<void> {
  if (from.store !== to.store && !(await areApart(from, to, { address: from.address, signal }))) {
    const message = `${JSON.stringify(from.url)} and ${JSON.stringify(to.url)} are of one place that has two names; nothing was ${done}`;
    throw new FileStoreError('invalid-argument', message, { path: from.path });
  }
}
