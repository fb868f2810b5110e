import { Readable } from 'node:stream';
import { DeleteObjectsCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload, type Options as UploadOptions } from '@aws-sdk/lib-storage';
import { type S3Server, s3Source } from '@oh-tools/servers';
import { openBareS3 } from '../bare-s3.ts';
import { openS3Store } from '../s3-place.ts';
import type { Job } from './job.ts';
import { large, readingJob, small, type WrittenFiles, writingJob } from './large-file-jobs.ts';
import { makePattern, smallBytes } from './pattern.ts';

/** Where the files are that the reading jobs read, below their prefix. */
const storedDirectory = 'stored';

/** Part size and parts at once of the store. */
const asTheStore = { partSize: 8 * 1024 ** 2, queueSize: 3 } as const;

/** Writes the files that the reading jobs read. */
export async function storeS3Files(server: S3Server, prefix: string, bytes: number): Promise<void> {
  await using store = openS3Store(server, `${prefix}/${storedDirectory}`);
  await store.write(small, makePattern(smallBytes));
  await store.write(large, makePattern(bytes));
}

/** Looks at what was written. */
const written: WrittenFiles = {
  read: (prefix, name) => bareRead(`${toWritten(prefix)}/${name}`),
  remove: (prefix) =>
    withClient(async (client, Bucket) => {
      const Objects = [small, large].map((name) => ({ Key: `${toWritten(prefix)}/${name}` }));
      await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    }),
};

/** Writes and reads of one large object as a stream, ours and those of the SDK; the server is the one that the environment names. */
export const s3Jobs = {
  write: writingJob(async (prefix, name, bytes) => {
    await using store = openS3Store(await s3Source.start(), toWritten(prefix));
    await store.write(name, makePattern(bytes));
  }, written),
  'bare-write': writingJob((prefix, name, bytes) => bareWrite(`${toWritten(prefix)}/${name}`, bytes, {}), written),
  'bare-write-as-the-store': writingJob((prefix, name, bytes) => bareWrite(`${toWritten(prefix)}/${name}`, bytes, asTheStore), written),
  read: readingJob(async function* (prefix, name) {
    await using store = openS3Store(await s3Source.start(), `${prefix}/${storedDirectory}`);
    yield* await store.readStream(name);
  }),
  'bare-read': readingJob((prefix, name) => bareRead(`${prefix}/${storedDirectory}/${name}`)),
} as const satisfies Record<string, Job>;

function toWritten(prefix: string): string {
  return `${prefix}/written`;
}

async function bareWrite(Key: string, bytes: number, options: Pick<UploadOptions, 'partSize' | 'queueSize'>): Promise<void> {
  await withClient(async (client, Bucket) => {
    await new Upload({ client, params: { Bucket, Key, Body: Readable.from(makePattern(bytes)) }, ...options }).done();
  });
}

async function* bareRead(Key: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { client, Bucket } = await openClient();
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    yield* Body as Readable;
  } finally {
    client.destroy();
  }
}

async function withClient(action: (client: S3Client, Bucket: string) => Promise<void>): Promise<void> {
  const { client, Bucket } = await openClient();
  try {
    await action(client, Bucket);
  } finally {
    client.destroy();
  }
}

async function openClient(): Promise<{ readonly client: S3Client; readonly Bucket: string }> {
  const server = await s3Source.start();
  return { client: openBareS3(server), Bucket: server.bucket };
}
