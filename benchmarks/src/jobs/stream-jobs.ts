import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LocalFileStore } from '@oh/file-store-local';
import { syncDirectory } from '../durable-bare-writer.ts';
import type { Job } from './job.ts';
import { checkPattern, largeBytes, makePattern, smallBytes } from './pattern.ts';

/** Where the files are that the reading jobs read, below their directory. */
const storedDirectory = 'stored';

const large = 'large.bin';
const small = 'small.bin';

/** Writes the files that the reading jobs read. */
export async function storeFiles(directory: string): Promise<void> {
  await bareStreamWrite(join(directory, storedDirectory, large), largeBytes, { isDurable: true });
  await bareStreamWrite(join(directory, storedDirectory, small), smallBytes, { isDurable: true });
}

/** Writes and reads of one large file as a stream, ours and the bare ones. */
export const streamJobs = {
  'write-durable': storeWrite('durable'),
  'write-atomic': storeWrite('atomic'),
  'bare-write-durable': bareWrite({ isDurable: true }),
  'bare-write-atomic': bareWrite({ isDurable: false }),
  read: readingJob(async function* (directory, name) {
    await using store = new LocalFileStore({ root: join(directory, storedDirectory) });
    yield* await store.readStream(name);
  }),
  'bare-read': readingJob((directory, name) => createReadStream(join(directory, storedDirectory, name))),
} as const satisfies Record<string, Job>;

function storeWrite(durability: 'durable' | 'atomic'): Job {
  return writingJob(`ours-${durability}`, async (root, name, bytes) => {
    await using store = new LocalFileStore({ root, durability });
    await store.write(name, makePattern(bytes));
  });
}

function bareWrite(options: { readonly isDurable: boolean }): Job {
  return writingJob(`bare-${options.isDurable ? 'durable' : 'atomic'}`, (root, name, bytes) =>
    bareStreamWrite(join(root, name), bytes, options),
  );
}

async function bareStreamWrite(target: string, bytes: number, { isDurable }: { readonly isDurable: boolean }): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await pipeline(makePattern(bytes), createWriteStream(`${target}.tmp`, { flags: 'wx', flush: isDurable }));
  await rename(`${target}.tmp`, target);
  if (isDurable) {
    await syncDirectory(dirname(target));
  }
}

function writingJob(folder: string, write: (root: string, name: string, bytes: number) => Promise<void>): Job {
  return {
    warmUp: (directory) => write(join(directory, folder), small, smallBytes),
    run: (directory) => write(join(directory, folder), large, largeBytes),
    check: async (directory) => {
      await checkPattern(createReadStream(join(directory, folder, large)), largeBytes);
      await rm(join(directory, folder), { recursive: true });
    },
  };
}

function readingJob(read: (directory: string, name: string) => AsyncIterable<Uint8Array>): Job {
  return {
    warmUp: (directory) => checkPattern(read(directory, small), smallBytes),
    run: (directory) => checkLength(read(directory, large)),
    check: (directory) => checkPattern(read(directory, large), largeBytes),
  };
}

async function checkLength(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
  }
  if (bytes !== largeBytes) {
    throw new Error(`${bytes} bytes instead of ${largeBytes}`);
  }
}
