import { type AbortOptions, FileStoreError, normalizeFilePath, normalizePath } from '@oh/file-store-core';
import { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';
import { throwUnreadable, type UnreadablePart } from './file-list.ts';
import { ListReader } from './list-reader.ts';
import { loadIndex } from './load-index.ts';
import type { OpenRepository } from './open-repository.ts';
import { type SnapshotEntry, toSnapshotFile } from './snapshot-entry.ts';
import { SnapshotFiles } from './snapshot-files.ts';

/** Options of `BackupRepository.entries`. */
export interface SnapshotEntriesOptions extends AbortOptions {
  /** The file of this path, or what lies in the directory. Default: the root. */
  readonly path?: string | undefined;
  /** All files below it, and no directories. Default: false, the direct children. */
  readonly recursive?: boolean | undefined;
  /** Takes parts of the list that are damaged; the others are listed all the same. Default: the first one is thrown. */
  readonly onUnreadable?: ((part: UnreadablePart) => void) | undefined;
}

/** Lists a snapshot, part by part of its list, of which those that are of no interest are passed over. */
export async function* listSnapshot(
  repository: OpenRepository,
  id: string,
  options: SnapshotEntriesOptions,
): AsyncGenerator<SnapshotEntry, void, undefined> {
  const { signal, recursive = false, onUnreadable = throwUnreadable } = options;
  const path = normalizePath(options.path ?? '');
  let isDamaged = false;
  const list = await openList(repository, id, {
    signal,
    onUnreadable: (part) => {
      isDamaged = true;
      onUnreadable(part);
    },
  });
  let isFound = path === '';
  for await (const entry of entriesOf(list, path, recursive, { signal })) {
    isFound = true;
    yield entry;
  }
  if (!isFound && !isDamaged) {
    throw new FileStoreError('not-found', `the snapshot has no ${JSON.stringify(path)}`, { path });
  }
}

/** The contents of one file, in parts of at most 1 MiB. */
export async function* readSnapshotFile(
  repository: OpenRepository,
  id: string,
  path: string,
  { signal }: AbortOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { files, cipher } = repository;
  const { chunks } = await findFile(repository, id, normalizeFilePath(path), { signal });
  const { index } = await loadIndex(files, cipher, { signal, only: new Set(chunks) });
  const reader = new BlobReader(files, cipher, index);
  for (const chunk of chunks) {
    yield await reader.read(chunk, { signal });
  }
}

/** @throws {FileStoreError} `not-found`; `corrupt` when a part that may have named it is damaged. */
async function findFile(repository: OpenRepository, id: string, path: string, { signal }: AbortOptions): Promise<BackupFile> {
  const damage: FileStoreError[] = [];
  const list = await openList(repository, id, { signal, onUnreadable: ({ error }) => damage.push(error) });
  const file = await firstFrom(list, path, { signal });
  if (file?.path === path) {
    return file;
  }
  throw damage[0] ?? new FileStoreError('not-found', `the snapshot has no file ${JSON.stringify(path)}`, { path });
}

/** Only what the list needs of the index is kept. */
async function openList(
  { files, cipher }: OpenRepository,
  id: string,
  { signal, onUnreadable }: AbortOptions & { readonly onUnreadable: (part: UnreadablePart) => void },
): Promise<ListReader> {
  const { record } = await new SnapshotFiles(files, cipher).find(id, { signal });
  const { index } = await loadIndex(files, cipher, { signal, only: new Set(record.list) });
  return new ListReader(record.list, new BlobReader(files, cipher, index), onUnreadable);
}

async function* entriesOf(
  list: ListReader,
  path: string,
  recursive: boolean,
  options: AbortOptions,
): AsyncGenerator<SnapshotEntry, void, undefined> {
  const file = path === '' ? undefined : await firstFrom(list, path, options);
  if (file?.path === path) {
    yield toSnapshotFile(file);
  }
  const prefix = path === '' ? '' : `${path}/`;
  let start = prefix;
  for (;;) {
    const directory: string | undefined = yield* filesUntilDirectory(list, start, { prefix, recursive }, options);
    if (directory === undefined) {
      return;
    }
    yield { kind: 'directory', path: `${directory}/` };
    // The first path that comes after all that is in the directory, whatever that is: `0` follows `/`.
    start = `${directory}0`;
  }
}

/** @returns The directory that was met, without its slash; `undefined` at the end. */
async function* filesUntilDirectory(
  list: ListReader,
  start: string,
  { prefix, recursive }: { readonly prefix: string; readonly recursive: boolean },
  options: AbortOptions,
): AsyncGenerator<SnapshotEntry, string | undefined, undefined> {
  for await (const file of list.filesFrom(start, options)) {
    const end = recursive ? -1 : file.path.indexOf('/', prefix.length);
    if (!file.path.startsWith(prefix)) {
      return undefined;
    }
    if (end >= 0) {
      return file.path.slice(0, end);
    }
    yield toSnapshotFile(file);
  }
  return undefined;
}

async function firstFrom(list: ListReader, path: string, options: AbortOptions): Promise<BackupFile | undefined> {
  for await (const file of list.filesFrom(path, options)) {
    return file;
  }
  return undefined;
}
