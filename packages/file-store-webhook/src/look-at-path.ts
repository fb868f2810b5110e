import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { KnownChange } from './notice.ts';
import { type ContentsPolicy, recordChunks } from './recorded-contents.ts';

/**
 * What a store holds at a path, as a change that can be told.
 *
 * @returns `undefined` where there is a directory: of what lies in it other notices tell.
 * @throws {FileStoreError} What reading throws: a failure to read is not an absence.
 */
export async function lookAtPath(
  store: FileStore,
  path: string,
  policy: ContentsPolicy,
  signal?: AbortSignal,
): Promise<KnownChange | undefined> {
  try {
    return await readChange(store, path, policy, signal);
  } catch (error) {
    if (!hasErrorCode(error, 'not-found')) {
      throw error;
    }
  }
  for await (const _entry of store.entries(path, { limit: 1, signal })) {
    return undefined;
  }
  return { kind: 'deleted' };
}

async function readChange(store: FileStore, path: string, policy: ContentsPolicy, signal: AbortSignal | undefined): Promise<KnownChange> {
  const stream = await store.readStream(path, { signal });
  const { promise, resolve } = Promise.withResolvers<KnownChange>();
  for await (const _chunk of recordChunks(stream, policy, async (change) => resolve(change))) {
    // What is kept of the chunks is kept by the recorder.
  }
  return await promise;
}
