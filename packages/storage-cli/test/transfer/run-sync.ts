import type { MemoryFileStore } from '@oh/file-store-core';
import { type SyncFilesOptions, type SyncResult, syncFiles } from '../../src/transfer/sync-files.ts';
import type { TransferFailure } from '../../src/transfer/transfer-report.ts';
import type { watchedStore } from './watched-store.ts';

/** A store, all of it. */
export const root = (store: MemoryFileStore | ReturnType<typeof watchedStore>): { store: typeof store; path: '' } => ({ store, path: '' });

/** Runs a sync of two whole stores. */
export async function run(
  from: Parameters<typeof root>[0],
  to: Parameters<typeof root>[0],
  options: SyncFilesOptions = {},
): Promise<SyncResult & { readonly failures: readonly TransferFailure[] }> {
  const failures: TransferFailure[] = [];
  const result = await syncFiles(root(from), root(to), { ...options, onFailure: (failure) => failures.push(failure) });
  return { ...result, failures };
}
