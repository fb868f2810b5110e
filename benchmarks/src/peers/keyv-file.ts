import Keyv from 'keyv';
import { KeyvFile } from 'keyv-file';
import type { LocalPeer } from './local-peer.ts';

/** A file for each key; without `separatedFile` each write would write all values anew, up to 100 ms later. @see https://keyv.org */
export function keyvFile(filename: string): LocalPeer {
  const keyv = new Keyv({ store: new KeyvFile({ filename, separatedFile: true }) });
  return {
    library: 'keyv-file',
    hasPlainFiles: false,
    writes: [{ name: 'keyv-file set', guarantee: 'none', write: (path, contents) => keyv.set(path, contents) }],
    read: { name: 'keyv-file get', run: async (path) => (await keyv.get<Buffer>(path)) ?? new Uint8Array() },
    remove: { name: 'keyv-file delete', run: (path) => keyv.delete(path) },
  };
}
