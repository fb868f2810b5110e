import type { FileStore } from '@oh/file-store-core';
import { readTree } from './file-tree.ts';

/** The paths of the packs of a repository. */
export async function packsIn(files: FileStore): Promise<string[]> {
  return Object.keys(await readTree(files, 'packs'));
}
