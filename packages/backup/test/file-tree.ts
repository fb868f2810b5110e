import { type FileStore, MemoryFileStore } from '@oh/file-store-core';

/** The contents of all files by path, as base64. */
export async function readTree(store: FileStore, path = ''): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for await (const { path: file } of store.entries(path, { recursive: true })) {
    tree[file] = Buffer.from(await store.readBytes(file)).toString('base64');
  }
  return tree;
}

/** A store in memory with these texts. */
export async function storeOf(texts: Readonly<Record<string, string | Uint8Array>>): Promise<MemoryFileStore> {
  const store = new MemoryFileStore();
  for (const [path, text] of Object.entries(texts)) {
    await store.write(path, text);
  }
  return store;
}

/** A copy in memory. */
export async function copyOf(store: FileStore): Promise<MemoryFileStore> {
  const copy = new MemoryFileStore();
  for (const [path, contents] of Object.entries(await readTree(store))) {
    await copy.write(path, Buffer.from(contents, 'base64'));
  }
  return copy;
}
