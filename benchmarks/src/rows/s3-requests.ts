import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { s3Operation, startFaultProxy } from '@oh-tools/fault-proxy';
import type { S3Server } from '@oh-tools/servers';
import { bareS3Bucket, openBareS3 } from '../bare-s3.ts';
import type { Finding } from '../finding.ts';
import type { ObjectOperations } from '../object-operations.ts';
import { minioClient } from '../peers/minio.ts';
import { s3mini } from '../peers/s3mini.ts';
import { openS3Place, openS3Store } from '../s3-place.ts';
import { bareOperations, storeOperations } from '../store-operations.ts';
import { countRequests } from './count-requests.ts';
import type { RowContext } from './row-context.ts';

/** How many requests each client sends for the same. */
export async function measureS3Requests(context: RowContext): Promise<Finding[]> {
  await using place = await openS3Place();
  const { prefix, server } = place;
  await using proxy = await startFaultProxy({ upstream: server.endpoint, kindOf: s3Operation });
  const proxied: S3Server = { ...server, endpoint: proxy.endpoint };
  await using store = openS3Store(proxied, `${prefix}/ours`);
  await using storeBeside = openS3Store(server, `${prefix}/ours`);
  const clients = [server, proxied].map((each) => ({ each, client: openBareS3(each) }));
  const [bareBeside, bare] = clients.map(({ each, client }): ObjectOperations => {
    const head = async (key: string): Promise<number> => {
      const { ContentLength = Number.NaN } = await client.send(
        new HeadObjectCommand({ Bucket: each.bucket, Key: `${prefix}/bare/${key}` }),
      );
      return ContentLength;
    };
    return bareOperations('@aws-sdk/client-s3', bareS3Bucket(client, each.bucket, `${prefix}/bare`), head);
  });
  const ours = { counted: storeOperations(store), beside: storeOperations(storeBeside) };
  const peers = [minioClient, s3mini].map((open) => ({
    counted: open(proxied, `${prefix}/${open.name}`),
    beside: open(server, `${prefix}/${open.name}`),
  }));
  try {
    const sdk = bare && bareBeside ? [{ counted: bare, beside: bareBeside }] : [];
    return await countRequests(server.name, proxy, [ours, ...sdk, ...peers], context);
  } finally {
    for (const { client } of clients) {
      client.destroy();
    }
  }
}
