import type { FileEntry, FileStore } from '@oh/file-store-core';

/** Called before each operation, which waits for it and fails as it does. */
export type Interceptor = (operation: string, path: unknown, options: unknown) => void | Promise<void>;

/** A store whose operations can be watched, held up and made to fail. */
export function interceptFileStore(store: FileStore, intercept: Interceptor): FileStore {
  return new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') {
        return member;
      }
      if (key === 'entries') {
        return async function* (...args: Parameters<FileStore['entries']>): AsyncGenerator<FileEntry> {
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
