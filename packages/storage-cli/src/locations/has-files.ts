import type { AbortOptions, FileStore } from '@oh/file-store-core';

/** Whether there is anything in a directory. */
export async function hasFiles(files: FileStore, directory: string, options: AbortOptions): Promise<boolean> {
  for await (const _ of files.entries(directory, { ...options, limit: 1 })) {
    return true;
  }
  return false;
}
