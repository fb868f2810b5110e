import { createHash } from 'node:crypto';
import type { AbortOptions, FileStore } from '@oh/file-store-core';
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

/**
 * What is to be told of a change that was about to be made when its process ended.
 *
 * When the store holds what the change was to leave, that is told with its id, which the receiver may know already. Otherwise what the store
 * holds is told, with another id, since it is another thing. A directory that was to be deleted, and is still there in whole or in part, is told as
 * deleted and then with all that is left.
 */
export async function reconcile(kept: KeptNotice, options: ReconcileOptions): Promise<Notice[]> {
  const notice = toNotice(kept);
  if (notice.change.kind === 'changed') {
    return [notice];
  }
  const { path, change } = notice;
  const present = await describePath(options.files, path, options.signal);
  if (change.kind === 'deleted') {
    const left = present === 'deleted' ? [] : await listLeft(path, present, options);
    return [notice, ...left];
  }
  if (present === fingerprintOf(change)) {
    return [notice];
  }
  return [{ id: options.newId(), path, change: { kind: 'changed' } }];
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

async function listLeft(path: string, present: string | undefined, { files, newId, signal }: ReconcileOptions): Promise<Notice[]> {
  const paths = present === undefined ? [] : [path];
  for await (const entry of files.entries(path, { recursive: true, signal })) {
    paths.push(entry.path);
  }
  return paths.map((each) => ({ id: newId(), path: each, change: { kind: 'changed' } }));
}
