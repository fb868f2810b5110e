import { randomUUID } from 'node:crypto';
import type { AbortOptions } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import { recordDirectory } from './list-files.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/**
 * Whether two directories of different stores are one, as a bucket with two names is, or a mount of it: what is written to the one is there in the other.
 *
 * It writes a file below {@link recordDirectory}, and deletes it: neither names nor versions tell, since those of a server may come from the contents alone.
 */
export async function areOnePlace(from: TransferPlace, to: TransferPlace, { signal }: AbortOptions): Promise<boolean> {
  const name = `${recordDirectory}/one-${randomUUID()}`;
  await to.store.write(pathIn(to, name), '', { signal });
  try {
    return (await versionOf(from, name, { signal })) !== undefined;
  } finally {
    // Not aborted: it is of no use to anybody.
    await to.store.delete(pathIn(to, name));
  }
}
