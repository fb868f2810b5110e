import { dirname, join } from 'node:path';
import { Operator } from 'opendal';
import type { LocalPeer } from './local-peer.ts';

/** A native module. Its atomic writes come from a directory for temporary files, and are flushed. @see https://opendal.apache.org/services/fs */
export function opendal(root: string): LocalPeer {
  const plain = new Operator('fs', { root });
  const atomic = new Operator('fs', { root, atomic_write_dir: join(dirname(root), '.opendal-temporary') });
  return {
    library: 'opendal',
    hasPlainFiles: true,
    writes: [
      { name: 'opendal write', guarantee: 'none', write: (path, contents) => plain.write(path, contents) },
      {
        name: 'opendal write, atomic_write_dir (no fsync of the directory)',
        guarantee: 'durable',
        write: (path, contents) => atomic.write(path, contents),
      },
    ],
    read: { name: 'opendal read', run: (path) => plain.read(path) },
    stat: { name: 'opendal stat', run: async (path) => Number((await plain.stat(path)).contentLength) },
    list: {
      name: 'opendal list',
      withSizes: false,
      run: async (path) => (await plain.list(`${path}/`)).filter((entry) => entry.path() !== `${path}/`).length,
    },
    remove: { name: 'opendal delete', run: (path) => plain.delete(path) },
  };
}
