import { pipeline } from 'node:stream/promises';
import { type GcsServer, gcsSource } from '@oh-tools/servers';
import { openBareGcs } from '../bare-gcs.ts';
import { openGcsStore } from '../gcs-place.ts';
import type { Job } from './job.ts';
import { large, readingJob, small, type WrittenFiles, writingJob } from './large-file-jobs.ts';
import { makePattern, smallBytes } from './pattern.ts';

/** Where the files are that the reading jobs read, below their prefix. */
const storedDirectory = 'stored';

/** Part size of the store. */
const chunkSize = 8 * 1024 ** 2;

/** Writes the files that the reading jobs read. */
export async function storeGcsFiles(server: GcsServer, prefix: string, bytes: number): Promise<void> {
  await using store = openGcsStore(server, `${prefix}/${storedDirectory}`);
  await store.write(small, makePattern(smallBytes));
  await store.write(large, makePattern(bytes));
}

/** Looks at what was written. */
const written: WrittenFiles = {
  read: (prefix, name) => bareRead(`${toWritten(prefix)}/${name}`, {}),
  remove: async (prefix) => {
    const bucket = openBareGcs(await gcsSource.start());
    await Promise.all([small, large].map((name) => bucket.file(`${toWritten(prefix)}/${name}`).delete()));
  },
};

/** Writes and reads of one large object as a stream, ours and those of the SDK; the server is the one that the environment names. */
export const gcsJobs = {
  write: writingJob(async (prefix, name, bytes) => {
    await using store = openGcsStore(await gcsSource.start(), toWritten(prefix));
    await store.write(name, makePattern(bytes));
  }, written),
  'bare-write': writingJob((prefix, name, bytes) => bareWrite(`${toWritten(prefix)}/${name}`, bytes, {}), written),
  'bare-write-in-parts': writingJob((prefix, name, bytes) => bareWrite(`${toWritten(prefix)}/${name}`, bytes, { chunkSize }), written),
  read: readingJob(async function* (prefix, name) {
    await using store = openGcsStore(await gcsSource.start(), `${prefix}/${storedDirectory}`);
    yield* await store.readStream(name);
  }),
  'bare-read': readingJob((prefix, name) => bareRead(`${prefix}/${storedDirectory}/${name}`, {})),
  'bare-read-unchecked': readingJob((prefix, name) => bareRead(`${prefix}/${storedDirectory}/${name}`, { validation: false })),
} as const satisfies Record<string, Job>;

function toWritten(prefix: string): string {
  return `${prefix}/written`;
}

async function bareWrite(key: string, bytes: number, options: { readonly chunkSize?: number }): Promise<void> {
  const file = openBareGcs(await gcsSource.start()).file(key);
  await pipeline(makePattern(bytes), file.createWriteStream(options));
}

async function* bareRead(key: string, options: { readonly validation?: false }): AsyncGenerator<Uint8Array, void, undefined> {
  yield* openBareGcs(await gcsSource.start())
    .file(key)
    .createReadStream(options) as AsyncIterable<Uint8Array>;
}
