import { createFileStore, type FileStore, type FileStoreCapabilities, type FileStoreDriver, MemoryFileStore } from '@oh/file-store-core';

/** What a {@link watchedStore} does besides. */
export interface Watch {
  /** Called before each operation on a file. What it throws is what the operation fails with. */
  readonly before?: ((operation: 'read' | 'write' | 'delete' | 'entries', path: string) => void | Promise<void>) | undefined;
  /** Capabilities that are other than those of the store in memory. */
  readonly capabilities?: Partial<FileStoreCapabilities> | undefined;
}

/** A store in memory that is watched from below its portable part, so that every guarantee of that part holds. */
export function watchedStore(
  base: FileStore = new MemoryFileStore(),
  { before = () => undefined, capabilities = {} }: Watch = {},
): FileStore {
  const driver: FileStoreDriver = {
    capabilities: { ...base.capabilities, append: false, ...capabilities },
    write: async (path, contents, options) => {
      await before('write', path);
      return await base.write(path, contents, options);
    },
    read: async (path, options) => {
      await before('read', path);
      const file = await base.open(path, options);
      return { info: file.info, body: file.stream() };
    },
    stat: async (path, options) => await base.stat(path, options),
    entries: async function* (path, options) {
      await before('entries', path);
      yield* base.entries(path, options);
    },
    delete: async (path, options) => {
      await before('delete', path);
      await base.delete(path, options);
    },
  };
  return createFileStore(driver);
}
