import type { FileStore } from '@oh/file-store-core';

/** The files of a store by path, as text; those of records are left out. */
export async function treeOf(store: FileStore, directory = ''): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for await (const { kind, path } of store.entries(directory, { recursive: true })) {
    if (kind === 'file' && !path.includes('.oh-sync/')) {
      tree[path] = await store.read(path);
    }
  }
  return tree;
}

/** Writes files by path. */
export async function plant(store: FileStore, tree: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    await store.write(path, text);
  }
}
