import type { FileStore } from '../file-store.ts';
import { FileStoreError } from '../file-store-error.ts';

/**
 * A view of a store that deletes unconditionally alone, as a server of S3's protocol may that has conditions for writes only: `conditionalDelete` is false, and
 * `delete` with `ifVersion` is `unsupported`. Closing it closes the store.
 */
export function withoutConditionalDelete(store: FileStore): FileStore {
  const remove: FileStore['delete'] = async (path, options = {}) => {
    if (options.ifVersion !== undefined) {
      throw new FileStoreError('unsupported', 'this server has no condition for a deletion', { path });
    }
    await store.delete(path, options);
  };
  return new Proxy(store, {
    get(target, key) {
      if (key === 'capabilities') {
        return { ...target.capabilities, conditionalDelete: false };
      }
      const member: unknown = key === 'delete' ? remove : Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
