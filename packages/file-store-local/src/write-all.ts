import type { AbortOptions, FileInfo, FileStore, WriteOptions } from '@oh/file-store-core';
import type { BatchWriteOptions, LocalDriver } from './local-driver.ts';

/** A file of `LocalFileStore.writeAll`. */
export interface FileWrite extends Omit<WriteOptions, 'signal'> {
  readonly path: string;
  /** Text is stored as UTF-8, bytes as they are: their memory is the caller's again when all have settled. */
  readonly contents: string | Uint8Array;
}

/** See `LocalFileStore.writeAll`. @param store The store over `driver`. */
export async function writeAll(
  store: FileStore,
  driver: LocalDriver,
  writes: readonly FileWrite[],
  { signal }: AbortOptions,
): Promise<PromiseSettledResult<FileInfo>[]> {
  signal?.throwIfAborted();
  const batch = await driver.beginBatch(writes.length);
  return await Promise.allSettled(
    writes.map(async ({ path, contents, ...kept }, index) => {
      const member = batch?.members[index];
      const options: BatchWriteOptions = { ...kept, signal, batch: member };
      try {
        return await store.write(path, contents, options);
      } finally {
        member?.leave();
      }
    }),
  );
}
