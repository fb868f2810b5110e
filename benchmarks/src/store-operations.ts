import type { FileStore } from '@oh/file-store-core';
import type { BareBucket } from './object-client.ts';
import type { ObjectOperations } from './object-operations.ts';

/** The store, as it is used for the same. */
export function storeOperations(store: FileStore): ObjectOperations {
  return {
    name: 'ours',
    putName: 'write',
    getName: 'readBytes',
    put: (key, contents) => store.write(key, contents),
    get: (key) => store.readBytes(key),
    head: async (key) => (await store.stat(key)).size,
    count: async (prefix) => (await store.list(prefix)).length,
    removeAll: (prefix) => store.delete(prefix),
  };
}

/** The bare SDK, as it is used for the same. @param head The bytes that an object has. */
export function bareOperations(name: string, bucket: BareBucket, head: ObjectOperations['head']): ObjectOperations {
  return {
    name,
    ...bucket,
    head,
    count: async (prefix) => (await bucket.list(prefix)).length,
    removeAll: async (prefix) => await bucket.remove(await bucket.list(prefix)),
  };
}
