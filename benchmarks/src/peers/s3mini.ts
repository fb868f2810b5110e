import type { S3Server } from '@oh-tools/servers';
import { S3mini } from 's3mini';
import type { ObjectOperations } from '../object-operations.ts';

/** @see https://www.npmjs.com/package/s3mini */
export function s3mini({ endpoint, bucket, region, accessKeyId, secretAccessKey }: S3Server, prefix: string): ObjectOperations {
  const client = new S3mini({ endpoint: `${endpoint.replace(/\/$/, '')}/${bucket}`, region, accessKeyId, secretAccessKey });
  const toKey = (key: string): string => `${prefix}/${key}`;
  const list = async (below: string): Promise<string[]> => ((await client.listObjects('/', toKey(below))) ?? []).map(({ Key }) => Key);
  return {
    name: 's3mini',
    putName: 's3mini putObject',
    getName: 's3mini getObjectArrayBuffer',
    put: (key, contents) => client.putObject(toKey(key), contents),
    get: async (key) => new Uint8Array((await client.getObjectArrayBuffer(toKey(key))) ?? new ArrayBuffer(0)),
    head: (key) => client.getContentLength(toKey(key)),
    count: async (below) => (await list(below)).length,
    removeAll: async (below) => await client.deleteObjects(await list(below)),
  };
}
