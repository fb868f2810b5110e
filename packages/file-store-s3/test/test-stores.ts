import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '@oh-tools/servers';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

/** What a store or a client needs to reach a server. */
export function connectionTo({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
} {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
}

/** A store in a fresh directory of the server's bucket, unless the options say otherwise. */
export function openStore(server: S3Server, options: Partial<S3FileStoreOptions> = {}): S3FileStore {
  const connection = options.client === undefined ? connectionTo(server) : {};
  return new S3FileStore({ bucket: server.bucket, prefix: newPrefix(), ...connection, ...options });
}

/** A directory that nobody has used. */
export function newPrefix(): string {
  return `oh-test/${randomUUID()}`;
}

/** A client beside the store: to look at what it leaves in the bucket, and to put things there. */
export function openClient(server: S3Server): S3Client {
  return new S3Client({ ...connectionTo(server), forcePathStyle: true });
}
