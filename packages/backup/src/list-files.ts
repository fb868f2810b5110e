import type { AbortOptions, FileListEntry, FileStore } from '@oh/file-store-core';

/** The files of directories and all below them. @param isExcluded Whether a file is to be left alone as if it were not there. */
export async function listFiles(
  source: FileStore,
  directories: readonly string[],
  isExcluded: (path: string) => boolean,
  { signal }: AbortOptions,
): Promise<FileListEntry[]> {
  const listed: FileListEntry[] = [];
  for (const directory of directories) {
    for await (const entry of source.entries(directory, { recursive: true, signal })) {
      if (entry.kind === 'file' && !isExcluded(entry.path)) {
        listed.push(entry);
      }
    }
  }
  return listed;
}
