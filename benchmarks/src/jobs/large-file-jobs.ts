import type { Job } from './job.ts';
import { checkPattern, smallBytes } from './pattern.ts';

/** The file that is measured. */
export const large = 'large.bin';

/** The file that warms up. */
export const small = 'small.bin';

/** What looks at a written file, past the side that wrote it. */
export interface WrittenFiles {
  readonly read: (directory: string, name: string) => AsyncIterable<Uint8Array>;
  /** Removes both files. */
  readonly remove: (directory: string) => Promise<void>;
}

/** Writes one large file; then its contents are compared, and it is removed. */
export function writingJob(write: (directory: string, name: string, bytes: number) => Promise<void>, { read, remove }: WrittenFiles): Job {
  return {
    warmUp: (directory) => write(directory, small, smallBytes),
    run: (directory, bytes) => write(directory, large, bytes),
    check: async (directory, bytes) => {
      await checkPattern(read(directory, large), bytes);
      await remove(directory);
    },
  };
}

/** Reads one large file and counts its bytes; then it is read again and its contents compared. */
export function readingJob(read: (directory: string, name: string) => AsyncIterable<Uint8Array>): Job {
  return {
    warmUp: (directory) => checkPattern(read(directory, small), smallBytes),
    run: (directory, bytes) => checkLength(read(directory, large), bytes),
    check: (directory, bytes) => checkPattern(read(directory, large), bytes),
  };
}

async function checkLength(chunks: AsyncIterable<Uint8Array>, expected: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
  }
  if (bytes !== expected) {
    throw new Error(`${bytes} bytes instead of ${expected}`);
  }
}
