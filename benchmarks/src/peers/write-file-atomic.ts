import { join } from 'node:path';
import writeFile from 'write-file-atomic';
import type { LocalPeer } from './local-peer.ts';

/** It only writes. @see https://www.npmjs.com/package/write-file-atomic */
export function writeFileAtomic(directory: string): LocalPeer {
  return {
    library: 'write-file-atomic',
    hasPlainFiles: true,
    writes: [
      {
        name: 'write-file-atomic (no fsync of the directory)',
        guarantee: 'durable',
        write: (path, contents) => writeFile(join(directory, path), contents),
      },
      {
        name: 'write-file-atomic, fsync: false',
        guarantee: 'atomic',
        write: (path, contents) => writeFile(join(directory, path), contents, { fsync: false }),
      },
    ],
  };
}
