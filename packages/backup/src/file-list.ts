import { hash } from 'node:crypto';
import { type AbortOptions, comparePaths, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { BlobReader } from './blob-reader.ts';
import type { BlobWriter } from './blob-writer.ts';
import { type BackupFile, parseFiles, serializeFiles } from './file-entry.ts';
import { maxFrameBytes } from './pack-table.ts';

/** A part of a list ends after a path whose hash ends in so many zero bits, of 512 one: so parts without a change are the same in the next snapshot. */
const boundaryMask = 0x1ff;
/** Most files of a part. */
const maxFiles = 4096;

/** Keeps a list of files, in order of path. @returns The blobs that it consists of. */
export async function writeFileList(files: Iterable<BackupFile>, writer: BlobWriter, options: AbortOptions): Promise<string[]> {
  const list: string[] = [];
  let part: BackupFile[] = [];
  const writePart = async (): Promise<void> => {
    const bytes = Buffer.from(serializeFiles(part));
    if (bytes.length > maxFrameBytes) {
      throw new FileStoreError('unsupported', `the files from ${JSON.stringify(part[0]?.path)} on are too large for a backup`, {
        path: part[0]?.path,
      });
    }
    list.push(await writer.add(bytes, options));
    part = [];
  };
  for (const file of files) {
    part.push(file);
    if (part.length >= maxFiles || isBoundary(file.path)) {
      await writePart();
    }
  }
  if (part.length > 0) {
    await writePart();
  }
  return list;
}

function isBoundary(path: string): boolean {
  return (Number.parseInt(hash('sha256', path, 'hex').slice(0, 8), 16) & boundaryMask) === 0;
}

/** A part of a list that cannot be read: which files it named is not known, only between which others they are. */
export interface UnreadablePart {
  /** The last file before it. Default: it is the first part. */
  readonly after: string | undefined;
  readonly error: FileStoreError;
}

/** Options of {@link readFileList}. */
export interface ReadFileListOptions extends AbortOptions {
  /** Takes parts that are damaged; the others are read all the same. */
  readonly onUnreadable: (part: UnreadablePart) => void;
}

/** Reads a list that {@link writeFileList} kept, part by part, in order of path. */
export async function* readFileList(
  list: readonly string[],
  reader: BlobReader,
  options: ReadFileListOptions,
): AsyncGenerator<BackupFile, void, undefined> {
  const { signal, onUnreadable } = options;
  let after: string | undefined;
  for (const id of list) {
    try {
      const files = await readFilePart(id, after, reader, { signal });
      yield* files;
      after = files.at(-1)?.path;
    } catch (error) {
      if (!hasErrorCode(error, 'corrupt')) {
        throw error;
      }
      onUnreadable({ after, error });
    }
  }
}

/** The files of one part. @param after The last file before them. @throws {FileStoreError} `corrupt`. */
export async function readFilePart(
  id: string,
  after: string | undefined,
  reader: Pick<BlobReader, 'read'>,
  options: AbortOptions,
): Promise<readonly BackupFile[]> {
  const files = parseFiles((await reader.read(id, options)).toString());
  const [first] = files ?? [];
  if (files === undefined || first === undefined) {
    throw new FileStoreError('corrupt', `the blob ${id} is no part of a list of files`);
  }
  const damage = findDisorder(id, first.path, after);
  if (damage !== undefined) {
    throw damage;
  }
  return files;
}

/** Why a part is not the next one of a list, if it is not. @param first Its first file. @param after The last file before them. */
export function findDisorder(id: string, first: string, after: string | undefined): FileStoreError | undefined {
  return after !== undefined && comparePaths(after, first) >= 0
    ? new FileStoreError('corrupt', `the blob ${id} is not the next part of a list of files`)
    : undefined;
}

/** For readers to whom a part that is missing would tell something false. @throws {FileStoreError} What a part cannot be read for. */
export function throwUnreadable({ error }: UnreadablePart): never {
  throw error;
}
