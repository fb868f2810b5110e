import type { FileEntry, FileStore } from '../file-store.ts';

/**
 * Called before each operation, which waits for it and fails as it does.
 *
 * @param operation The name of the method. @param path Its first argument. @param options Its last one, which is the first where there is no other.
 */
export type FileStoreInterceptor = (operation: string, path: unknown, options: unknown) => void | Promise<void>;

/** A view of a store whose operations can be watched, held up and made to fail; `intercept` sees them in the order of the calls. Closing it closes the store. */
export function interceptFileStore(store: FileStore, intercept: FileStoreInterceptor): FileStore {
  return new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') {
        return member;
      }
      if (key === 'entries') {
        return async function* (...args: Parameters<FileStore['entries']>): AsyncGenerator<FileEntry, void, undefined> {
          await intercept(key, args[0], args.at(-1));
          yield* target.entries(...args);
        };
      }
      return async (...args: readonly unknown[]) => {
        await intercept(String(key), args[0], args.at(-1));
        return Reflect.apply(member, target, args);
      };
    },
  });
}
