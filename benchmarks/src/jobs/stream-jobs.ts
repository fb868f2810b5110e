import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LocalFileStore } from '@oh/file-store-local';
import { syncDirectory } from '../durable-bare-writer.ts';
import type { Job } from './job.ts';
import { large, readingJob, small, type WrittenFiles, writingJob } from './large-file-jobs.ts';
import { makePattern, smallBytes } from './pattern.ts';

/** Where the files are that the reading jobs read, below their directory. */
const storedDirectory = 'stored';

/** Writes the files that the reading jobs read. */
export async function storeFiles(directory: string, bytes: number): Promise<void> {
  await bareStreamWrite(join(directory, storedDirectory, large), bytes, { isDurable: true });
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
  const folder = `ours-${durability}`;
  return writingJob(async (directory, name, bytes) => {
    await using store = new LocalFileStore({ root: join(directory, folder), durability });
    await store.write(name, makePattern(bytes));
  }, writtenTo(folder));
}

function bareWrite(options: { readonly isDurable: boolean }): Job {
  const folder = `bare-${options.isDurable ? 'durable' : 'atomic'}`;
  return writingJob((directory, name, bytes) => bareStreamWrite(join(directory, folder, name), bytes, options), writtenTo(folder));
}

function writtenTo(folder: string): WrittenFiles {
  return {
    read: (directory, name) => createReadStream(join(directory, folder, name)),
    remove: (directory) => rm(join(directory, folder), { recursive: true }),
  };
}

async function bareStreamWrite(target: string, bytes: number, { isDurable }: { readonly isDurable: boolean }): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await pipeline(makePattern(bytes), createWriteStream(`${target}.tmp`, { flags: 'wx', flush: isDurable }));
  await rename(`${target}.tmp`, target);
  if (isDurable) {
    await syncDirectory(dirname(target));
  }
}
