import { createHash } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';
import { lookAtPath } from './look-at-path.ts';
import type { Notice, PathChange } from './notice.ts';
import type { KeptNotice } from './outbox-state.ts';
import { toNotice } from './outbox-state.ts';

/** What {@link reconcile} needs. */
export interface ReconcileOptions extends AbortOptions {
  /** The store of which nobody knows whether the change was made. */
  readonly files: FileStore;
  readonly newId: () => string;
}

const codesOfOnePath: ReadonlySet<FileStoreErrorCode> = new Set([
  'permission-denied',
  'path-conflict',
  'invalid-path',
  'corrupt',
  'unsupported',
]);

/**
 * What is to be told of a change that was about to be made when its process ended.
 *
 * When the store holds what the change was to leave, that is told with its id, which the receiver may know already. Otherwise what the store
 * holds is told, with another id, since it is another thing. A directory that was to be deleted, and is still there in whole or in part, is told as
 * deleted and then with all that is left. What cannot be read is looked at again when it is told: one such file keeps nobody from all the others.
 *
 * @throws What the store throws while it is out of reach.
 */
export async function reconcile(kept: KeptNotice, options: ReconcileOptions): Promise<Notice[]> {
  const notice = toNotice(kept);
  if (notice.change.kind === 'changed') {
    return [notice];
  }
  try {
    return await compare(notice, options);
  } catch (error) {
    if (!isOfOnePath(error)) {
      throw error;
    }
    return [toChanged(notice.path, options)];
  }
}

/** Whether something is wrong with one path, and stays so; with any other error the store itself may be out of reach. */
export function isOfOnePath(error: unknown): boolean {
  return error instanceof FileStoreError && codesOfOnePath.has(error.code);
}

async function compare(notice: Notice, options: ReconcileOptions): Promise<Notice[]> {
  const { path, change } = notice;
  const present = await describePath(options.files, path, options.signal);
  if (change.kind === 'deleted') {
    const left = present === 'deleted' ? [] : await listLeft(path, present, options);
    return [notice, ...left];
  }
  return [present === fingerprintOf(change) ? notice : toChanged(path, options)];
}

function toChanged(path: string, { newId }: ReconcileOptions): Notice {
  return { id: newId(), path, change: { kind: 'changed' } };
}

/** The hash of what a file holds, `deleted`, or `undefined` for a directory. */
export async function describePath(files: FileStore, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  return fingerprintOf(await lookAtPath(files, path, { sendsContents: false, maxBytes: 0 }, signal));
}

/** The same for two changes exactly when they leave the same at a path. */
export function fingerprintOf(change: PathChange | undefined): string | undefined {
  if (change?.kind === 'written') {
    return createHash('sha256').update(change.bytes).digest('hex');
  }
  return change?.kind === 'summarized' ? change.sha256 : change?.kind;
}

async function listLeft(path: string, present: string | undefined, options: ReconcileOptions): Promise<Notice[]> {
  const { files, signal } = options;
  const paths = present === undefined ? [] : [path];
  for await (const entry of files.entries(path, { recursive: true, signal })) {
    paths.push(entry.path);
  }
  return paths.map((each) => toChanged(each, options));
}
