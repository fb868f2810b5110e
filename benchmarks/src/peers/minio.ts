import { buffer } from 'node:stream/consumers';
import type { S3Server } from '@oh-tools/servers';
import { Client } from 'minio';
import type { ObjectOperations } from '../object-operations.ts';

/** @see https://min.io/docs/minio/linux/developers/javascript/API.html */
export function minioClient(server: S3Server, prefix: string): ObjectOperations {
  const { bucket } = server;
  const client = openClient(server);
  const toKey = (key: string): string => `${prefix}/${key}`;
  const list = async (below: string): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of client.listObjectsV2(bucket, toKey(below), true)) {
      names.push(String(name));
    }
    return names;
  };
  return {
    name: 'minio',
    putName: 'minio putObject',
    getName: 'minio getObject',
    put: (key, contents) => client.putObject(bucket, toKey(key), contents),
    get: async (key) => await buffer(await client.getObject(bucket, toKey(key))),
    head: async (key) => (await client.statObject(bucket, toKey(key))).size,
    count: async (below) => (await list(below)).length,
    removeAll: async (below) => await client.removeObjects(bucket, await list(below)),
  };
}

function openClient({ endpoint, region, accessKeyId: accessKey, secretAccessKey: secretKey }: S3Server): Client {
  const { hostname, port, protocol } = new URL(endpoint);
  const useSSL = protocol === 'https:';
  return new Client({
    endPoint: hostname,
    port: Number(port) || (useSSL ? 443 : 80),
    useSSL,
    region,
    accessKey,
    secretKey,
    pathStyle: true,
  });
}
