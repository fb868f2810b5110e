import { isDeepStrictEqual } from 'node:util';
import { type AbortOptions, comparePaths } from '@oh/file-store-core';
import { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';
import { readFileList, throwUnreadable } from './file-list.ts';
import { loadIndex } from './load-index.ts';
import type { OpenRepository } from './open-repository.ts';
import { type SnapshotFile, toSnapshotFile } from './snapshot-entry.ts';
import { SnapshotFiles } from './snapshot-files.ts';

/** A file that two snapshots do not have alike. */
export interface SnapshotChange {
  /** `changed`: its contents, its content type or its metadata. */
  readonly change: 'added' | 'removed' | 'changed';
  readonly path: string;
  /** What the first snapshot has; `undefined` where it has none. */
  readonly before: SnapshotFile | undefined;
  /** What the second snapshot has; `undefined` where it has none. */
  readonly after: SnapshotFile | undefined;
}

type Files = AsyncGenerator<BackupFile, void, undefined>;

/** Compares two snapshots by the hashes of contents; the parts that their lists have in common are not read. */
export async function* diffSnapshots(
  { files, cipher }: OpenRepository,
  before: string,
  after: string,
  { signal }: AbortOptions,
): AsyncGenerator<SnapshotChange, void, undefined> {
  const snapshots = new SnapshotFiles(files, cipher);
  const lists = [(await snapshots.find(before, { signal })).record.list, (await snapshots.find(after, { signal })).record.list] as const;
  const [left, right] = [without(lists[0], lists[1]), without(lists[1], lists[0])];
  const { index } = await loadIndex(files, cipher, { signal, only: new Set([...left, ...right]) });
  const reader = new BlobReader(files, cipher, index);
  // What a part would have named would be told as added or removed.
  const options = { signal, onUnreadable: throwUnreadable };
  yield* compare(readFileList(left, reader, options), readFileList(right, reader, options));
}

function without(list: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(other);
  return list.filter((id) => !known.has(id));
}

async function* compare(left: Files, right: Files): AsyncGenerator<SnapshotChange, void, undefined> {
  let [before, after] = [await next(left), await next(right)];
  while (before !== undefined || after !== undefined) {
    const order = compareHeads(before, after);
    const pair = [order <= 0 ? before : undefined, order >= 0 ? after : undefined] as const;
    yield* toChange(...pair);
    before = order <= 0 ? await next(left) : before;
    after = order >= 0 ? await next(right) : after;
  }
}

async function next(files: Files): Promise<BackupFile | undefined> {
  const { value } = await files.next();
  return value ?? undefined;
}

function compareHeads(before: BackupFile | undefined, after: BackupFile | undefined): number {
  if (before === undefined || after === undefined) {
    return before === undefined ? 1 : -1;
  }
  return comparePaths(before.path, after.path);
}

function* toChange(before: BackupFile | undefined, after: BackupFile | undefined): Generator<SnapshotChange, void, undefined> {
  const path = before?.path ?? after?.path;
  if (path !== undefined && !isSame(before, after)) {
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    yield { change, path, before: before && toSnapshotFile(before), after: after && toSnapshotFile(after) };
  }
}

/** Versions and times are those of the store, and tell nothing of the contents. */
function isSame(before: BackupFile | undefined, after: BackupFile | undefined): boolean {
  return (
    before?.size === after?.size &&
    before?.content_type === after?.content_type &&
    isDeepStrictEqual(before?.metadata, after?.metadata) &&
    isDeepStrictEqual(before?.chunks, after?.chunks)
  );
}
