import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '@oh-tools/servers';
import type { BareBucket } from './object-client.ts';

/** Most keys of one DeleteObjects. */
const keysPerDelete = 1000;

/** The same connections as the store's own client: kept alive, as many; and no checksums but those that the protocol needs. */
export function openBareS3({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: { maxSockets: 256 }, httpsAgent: { maxSockets: 256 } },
  });
}

/** The calls of the SDK, on the keys below a prefix. */
export function bareS3Bucket(client: S3Client, Bucket: string, prefix: string): BareBucket {
  const toKey = (key: string): string => `${prefix}/${key}`;
  return {
    putName: 'PutObjectCommand',
    getName: 'GetObjectCommand, transformToByteArray',
    put: (key, Body) => client.send(new PutObjectCommand({ Bucket, Key: toKey(key), Body })),
    get: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: toKey(key) }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    list: async (below) => {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: toKey(below) })) {
        keys.push(...Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1)));
      }
      return keys;
    },
    remove: async (keys) => {
      for (let start = 0; start < keys.length; start += keysPerDelete) {
        const Objects = keys.slice(start, start + keysPerDelete).map((key) => ({ Key: toKey(key) }));
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      }
    },
  };
}
