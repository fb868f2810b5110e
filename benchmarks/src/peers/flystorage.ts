import { FileStorage } from '@flystorage/file-storage';
import { LocalStorageAdapter } from '@flystorage/local-fs';
import type { LocalPeer } from './local-peer.ts';

/** @see https://flystorage.dev/adapter/local-fs/ */
export function flystorage(directory: string): LocalPeer {
  const storage = new FileStorage(new LocalStorageAdapter(directory));
  return {
    library: 'flystorage',
    hasPlainFiles: true,
    writes: [
      { name: 'flystorage write', guarantee: 'none', write: (path, contents) => storage.write(path, contents) },
      {
        name: 'flystorage write, moveFile',
        guarantee: 'atomic',
        write: async (path, contents) => {
          await storage.write(`${path}.tmp`, contents);
          await storage.moveFile(`${path}.tmp`, path);
        },
      },
    ],
    read: { name: 'flystorage readToUint8Array', run: (path) => storage.readToUint8Array(path) },
    stat: { name: 'flystorage fileSize', run: (path) => storage.fileSize(path) },
    list: { name: 'flystorage list', withSizes: true, run: async (path) => (await storage.list(path).toArray()).length },
    remove: { name: 'flystorage deleteFile', run: (path) => storage.deleteFile(path) },
  };
}
