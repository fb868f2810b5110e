import { type FileStore, normalizePath, withPrefix } from '@oh/file-store-core';
import type { StoreScheme } from '../src/index.ts';

/** A scheme whose locations lie in `store`, which stays open after the run. */
export function schemeOf(store: FileStore, onClose: () => void = () => undefined): StoreScheme {
  return {
    usage: 'test:PATH',
    summary: 'a store of the test',
    resolve: async (rest) => {
      const path = normalizePath(rest);
      const address = `test:${path === '' ? '' : '/'}${path}`;
      return {
        storeKey: 'test:',
        openStore: async () => closing(store, onClose),
        path,
        name: path.split('/').at(-1) ?? '',
        isDirectory: false,
        address,
      };
    },
  };
}

/** Another scheme, of locations that do not lie in the store of {@link schemeOf}. */
export function otherSchemeOf(store: FileStore): StoreScheme {
  const scheme = schemeOf(store);
  return { ...scheme, resolve: async (...rest) => ({ ...(await scheme.resolve(...rest)), storeKey: 'other:', address: 'other:' }) };
}

function closing(store: FileStore, onClose: () => void): FileStore {
  const view = withPrefix(store, '');
  const { close } = view;
  view.close = async () => {
    onClose();
    await close.call(view);
  };
  return view;
}
