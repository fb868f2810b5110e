import { MemoryFileStore } from '@oh/file-store-core';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree } from './file-tree.ts';

/** The paths of the files in a directory. */
export async function pathsIn(files: MemoryFileStore, directory: string): Promise<string[]> {
  return Object.keys(await readTree(files, directory));
}

/** A repository with a file in a pack of its own for each of the contents. */
export async function repositoryOf(texts: Readonly<Record<string, string | Uint8Array>>) {
  const [source, files] = [new MemoryFileStore(), new MemoryFileStore()];
  const packOf = new Map<string, string>();
  const repository = new BackupRepository({ files });
  for (const [path, text] of Object.entries(texts)) {
    const before = await pathsIn(files, 'packs');
    await source.write(path, text);
    await repository.create(source);
    packOf.set(path, (await pathsIn(files, 'packs')).find((pack) => !before.includes(pack)) ?? '');
  }
  return { source, files, repository, packOf: (path: string) => packOf.get(path) ?? '' };
}

/** Changes all bits of the byte at an offset of a file. */
export async function damage(files: MemoryFileStore, path: string, at: number): Promise<void> {
  const bytes = await files.readBytes(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await files.write(path, bytes);
}
