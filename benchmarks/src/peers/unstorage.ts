import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import type { LocalPeer } from './local-peer.ts';

/** @see https://unstorage.unjs.io/drivers/fs */
export function unstorage(base: string): LocalPeer {
  const storage = createStorage({ driver: fsDriver({ base }) });
  return {
    library: 'unstorage',
    hasPlainFiles: true,
    writes: [
      { name: 'unstorage fs setItemRaw', guarantee: 'none', write: (path, contents) => storage.setItemRaw(path, contents) },
      {
        name: 'unstorage fs setItemRaw, fs rename',
        guarantee: 'atomic',
        write: async (path, contents) => {
          await storage.setItemRaw(`${path}.tmp`, contents);
          await rename(join(base, `${path}.tmp`), join(base, path));
        },
      },
    ],
    read: { name: 'unstorage fs getItemRaw', run: async (path) => (await storage.getItemRaw<Uint8Array>(path)) ?? new Uint8Array() },
    stat: { name: 'unstorage fs getMeta', run: async (path) => Number((await storage.getMeta(path))['size']) },
    list: { name: 'unstorage fs getKeys', withSizes: false, run: async (path) => (await storage.getKeys(path)).length },
    remove: { name: 'unstorage fs removeItem', run: (path) => storage.removeItem(path) },
  };
}
