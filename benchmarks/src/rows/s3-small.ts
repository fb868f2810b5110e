import { bareS3Bucket, openBareS3 } from '../bare-s3.ts';
import type { Finding } from '../finding.ts';
import { minioClient } from '../peers/minio.ts';
import { s3mini } from '../peers/s3mini.ts';
import { openS3Place, openS3Store } from '../s3-place.ts';
import type { RowContext } from './row-context.ts';
import { compareSmallObjects } from './small-objects.ts';

/** Objects of 1.4 KB on an S3 server, against the bare calls of the SDK and against other clients. */
export async function measureS3Small(context: RowContext): Promise<Finding[]> {
  await using place = await openS3Place();
  const { server, prefix } = place;
  await using store = openS3Store(server, prefix);
  const client = openBareS3(server);
  const ours = {
    put: (key: string, contents: Buffer) => store.write(key, contents),
    get: (key: string) => store.readBytes(key),
  };
  try {
    const peers = [minioClient(server, prefix), s3mini(server, prefix)];
    return await compareSmallObjects({ server: server.name, ours, bare: bareS3Bucket(client, server.bucket, prefix), peers }, context);
  } finally {
    client.destroy();
  }
}
