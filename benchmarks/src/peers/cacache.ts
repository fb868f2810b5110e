import { get, put, rm } from 'cacache';
import type { LocalPeer } from './local-peer.ts';

/** Contents by their hash, and an index of keys. @see https://www.npmjs.com/package/cacache */
export function cacache(cache: string): LocalPeer {
  return {
    library: 'cacache',
    hasPlainFiles: false,
    writes: [{ name: 'cacache put', guarantee: 'atomic', write: (path, contents) => put(cache, path, contents) }],
    read: { name: 'cacache get (compares the hash)', run: async (path) => (await get(cache, path)).data },
    stat: { name: 'cacache get.info', run: async (path) => (await get.info(cache, path))?.size ?? Number.NaN },
    remove: { name: 'cacache rm.entry (contents stay)', run: (path) => rm.entry(cache, path) },
  };
}
