import { type FileStore, FileStoreError } from '@oh/file-store-core';

/** The same files, none of which can be changed: every change is `permission-denied`. It belongs to whoever closes the store. */
export function readOnly(store: FileStore): FileStore {
  return {
    get capabilities() {
      return store.capabilities;
    },
    read: (path, options) => store.read(path, options),
    readBytes: (path, options) => store.readBytes(path, options),
    readStream: (path, options) => store.readStream(path, options),
    open: (path, options) => store.open(path, options),
    stat: (path, options) => store.stat(path, options),
    exists: (path, options) => store.exists(path, options),
    list: (path, options) => store.list(path, options),
    entries: (path, options) => store.entries(path, options),
    watch: async (path, onChange, options) => await store.watch?.(path, onChange, options),
    write: refuse,
    append: refuse,
    delete: refuse,
    copy: refuse,
    move: refuse,
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function refuse(path: string): Promise<never> {
  throw new FileStoreError('permission-denied', `this command changes nothing, ${JSON.stringify(path)} neither`, { path });
}
