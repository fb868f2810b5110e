import { MemoryFileStore } from '@oh/file-store-core';
import { expect } from 'vitest';
import type { BackupRepository } from '../src/backup-repository.ts';
import { readTree } from './file-tree.ts';

/** Restores a snapshot, and compares it with the contents of its files by path, as base64. */
export async function expectRestores(repository: BackupRepository, id: string, source: Record<string, string>): Promise<void> {
  const target = new MemoryFileStore();
  expect(await repository.restore(id, target)).toMatchObject({ lost: [], unreadable: [] });
  expect(await readTree(target)).toEqual(source);
}
