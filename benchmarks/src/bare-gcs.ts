import { type Bucket, Storage } from '@google-cloud/storage';
import type { GcsServer } from '@oh-tools/servers';
import type { BareBucket } from './object-client.ts';

/** How many objects are deleted at once: there is no request that deletes many. */
const deletesAtOnce = 32;

/** The bucket as the SDK gives it: it keeps connections alive and does not bound them, as the store does. */
export function openBareGcs({ endpoint, projectId, bucket }: GcsServer): Bucket {
  return new Storage({ apiEndpoint: endpoint, projectId }).bucket(bucket);
}

/** The calls of the SDK, on the keys below a prefix. */
export function bareGcsBucket(bucket: Bucket, prefix: string): BareBucket {
  const toKey = (key: string): string => `${prefix}/${key}`;
  return {
    putName: 'File.save({ resumable: false })',
    getName: 'File.download()',
    put: (key, contents) => bucket.file(toKey(key)).save(contents, { resumable: false }),
    get: async (key) => {
      const [contents] = await bucket.file(toKey(key)).download();
      return contents;
    },
    list: async (below) => {
      const [files] = await bucket.getFiles({ prefix: toKey(below) });
      return files.map(({ name }) => name.slice(prefix.length + 1));
    },
    remove: async (keys) => {
      for (let start = 0; start < keys.length; start += deletesAtOnce) {
        await Promise.all(keys.slice(start, start + deletesAtOnce).map((key) => bucket.file(toKey(key)).delete()));
      }
    },
  };
}
