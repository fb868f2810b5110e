import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import type { LocalPeer } from './local-peer.ts';

/** @see https://flydrive.dev/docs/services/fs */
export function flydrive(location: string): LocalPeer {
  const disk = new Disk(new FSDriver({ location, visibility: 'private' }));
  return {
    library: 'flydrive',
    hasPlainFiles: true,
    writes: [
      { name: 'flydrive put', guarantee: 'none', write: (path, contents) => disk.put(path, contents) },
      {
        name: 'flydrive put, move (it copies and unlinks)',
        guarantee: 'none',
        write: async (path, contents) => {
          await disk.put(`${path}.tmp`, contents);
          await disk.move(`${path}.tmp`, path);
        },
      },
      {
        name: 'flydrive put, fs rename',
        guarantee: 'atomic',
        write: async (path, contents) => {
          await disk.put(`${path}.tmp`, contents);
          await rename(join(location, `${path}.tmp`), join(location, path));
        },
      },
    ],
    read: { name: 'flydrive getBytes', run: (path) => disk.getBytes(path) },
    stat: { name: 'flydrive getMetaData', run: async (path) => (await disk.getMetaData(path)).contentLength },
    list: { name: 'flydrive listAll', withSizes: false, run: async (path) => [...(await disk.listAll(path)).objects].length },
    remove: { name: 'flydrive delete', run: (path) => disk.delete(path) },
  };
}
