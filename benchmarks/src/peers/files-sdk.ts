import { Files } from 'files-sdk';
import { fs } from 'files-sdk/fs';
import type { LocalPeer } from './local-peer.ts';

/** Its `fs` adapter, which writes a file of metadata beside each file. @see https://files-sdk.dev/docs/adapters/fs */
export function filesSdk(root: string): LocalPeer {
  const files = new Files({ adapter: fs({ root }) });
  return {
    library: 'files-sdk',
    hasPlainFiles: true,
    writes: [{ name: 'files-sdk upload', guarantee: 'atomic', write: (path, contents) => files.upload(path, contents) }],
    read: { name: 'files-sdk download', run: async (path) => new Uint8Array(await (await files.download(path)).arrayBuffer()) },
    stat: { name: 'files-sdk head', run: async (path) => (await files.head(path)).size },
    list: {
      name: 'files-sdk listAll',
      withSizes: true,
      run: async (path) => {
        let count = 0;
        for await (const _ of files.listAll({ prefix: `${path}/` })) {
          count += 1;
        }
        return count;
      },
    },
    remove: { name: 'files-sdk delete', run: (path) => files.delete(path) },
  };
}
