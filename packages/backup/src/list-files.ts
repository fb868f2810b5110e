import { type AbortOptions, comparePaths, type FileEntry, type FileListEntry, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { LeftOutFile } from './snapshot-record.ts';
import { statIfThere } from './stat-if-there.ts';

/** What is in a source. */
export interface SourceListing {
  readonly files: readonly FileListEntry[];
  /** Directories that are closed to this program, each with its `/`: what is in them is not known. */
  readonly leftOut: readonly LeftOutFile[];
}

/** The files of directories and all below them. @param isExcluded Whether a path is to be left alone as if it were not there. */
export async function listFiles(
  source: FileStore,
  directories: readonly string[],
  isExcluded: (path: string) => boolean,
  { signal }: AbortOptions,
): Promise<SourceListing> {
  const files: FileListEntry[] = [];
  const leftOut: LeftOutFile[] = [];
  const add = (entry: FileEntry): void => {
    if (entry.kind === 'file' && !isExcluded(entry.path)) {
      files.push(entry);
    }
  };
  for (const directory of directories) {
    let closed = await listUntilClosed(source, directory, undefined, add, { signal });
    while (closed !== undefined) {
      if (!isExcluded(`${closed}/`)) {
        leftOut.push({ path: `${closed}/`, reason: 'permission-denied' });
      }
      if (closed === directory) {
        break;
      }
      // The first path that comes after all that is in the directory, whatever that is: `0` follows `/`.
      const next = `${closed}0`;
      const file = await statIfListed(source, next, { signal });
      if (file !== undefined) {
        add({ kind: 'file', ...file });
      }
      closed = await listUntilClosed(source, directory, next, add, { signal });
    }
  }
  return { files, leftOut };
}

/** Lists what comes after a path. @returns The directory at which that ended, as it is closed to this program. */
async function listUntilClosed(
  source: FileStore,
  directory: string,
  startAfter: string | undefined,
  add: (entry: FileEntry) => void,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  try {
    for await (const entry of source.entries(directory, { recursive: true, startAfter, signal })) {
      add(entry);
    }
    return undefined;
  } catch (error) {
    const path = hasErrorCode(error, 'permission-denied') ? error.path : undefined;
    const closed = path === undefined || path === '' ? '' : await findClosed(source, path, { signal });
    const isInside = closed !== '' && (directory === '' || `${closed}/`.startsWith(`${directory}/`));
    if (!isInside || (startAfter !== undefined && comparePaths(closed, startAfter) < 0)) {
      throw error;
    }
    return closed;
  }
}

/** The directory that keeps a path from being listed: it may not be read, or the one that it is in may not be searched. @returns `''` where it is neither. */
async function findClosed(source: FileStore, path: string, options: AbortOptions): Promise<string> {
  try {
    return (await statIfThere(source, path, options)) === undefined ? path : '';
  } catch (error) {
    if (hasErrorCode(error, 'permission-denied')) {
      return path.slice(0, Math.max(0, path.lastIndexOf('/')));
    }
    throw error;
  }
}

/** What a listing would say of a path: a link or a special file, which may not be looked at, is in none. */
async function statIfListed(source: FileStore, path: string, options: AbortOptions): Promise<Omit<FileListEntry, 'kind'> | undefined> {
  try {
    return await statIfThere(source, path, options);
  } catch (error) {
    if (hasErrorCode(error, 'permission-denied')) {
      return undefined;
    }
    throw error;
  }
}
