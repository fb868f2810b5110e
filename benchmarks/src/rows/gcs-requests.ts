import { gcsOperation, startFaultProxy } from '@oh-tools/fault-proxy';
import type { GcsServer } from '@oh-tools/servers';
import { bareGcsBucket, openBareGcs } from '../bare-gcs.ts';
import type { Finding } from '../finding.ts';
import { openGcsPlace, openGcsStore } from '../gcs-place.ts';
import type { ObjectOperations } from '../object-operations.ts';
import { bareOperations, storeOperations } from '../store-operations.ts';
import { countRequests } from './count-requests.ts';
import type { RowContext } from './row-context.ts';

/** How many requests the store and the bare SDK send for the same. */
export async function measureGcsRequests(context: RowContext): Promise<Finding[]> {
  await using place = await openGcsPlace();
  const { prefix, server } = place;
  await using proxy = await startFaultProxy({ upstream: server.endpoint, kindOf: gcsOperation });
  const proxied: GcsServer = { ...server, endpoint: proxy.endpoint };
  await using store = openGcsStore(proxied, `${prefix}/ours`);
  await using storeBeside = openGcsStore(server, `${prefix}/ours`);
  const bare = (each: GcsServer): ObjectOperations => {
    const bucket = openBareGcs(each);
    const head = async (key: string): Promise<number> => Number((await bucket.file(`${prefix}/bare/${key}`).getMetadata())[0].size);
    return bareOperations('@google-cloud/storage', bareGcsBucket(bucket, `${prefix}/bare`), head);
  };
  const ours = { counted: storeOperations(store), beside: storeOperations(storeBeside) };
  return await countRequests(server.name, proxy, [ours, { counted: bare(proxied), beside: bare(server) }], context);
}
