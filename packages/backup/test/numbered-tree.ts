import { createHash } from 'node:crypto';
import type { FileStore } from '@oh/file-store-core';

/** The file that tells which tree it is. */
const numberFile = 'number';

/** Makes the n-th of a row of trees of what is in a store: some files change at each step, some hardly ever, some come and go. */
export async function writeNumberedTree(store: FileStore, step: number): Promise<void> {
  const tree = numberedTree(step);
  for await (const { path } of store.entries('', { recursive: true })) {
    if (!tree.has(path)) {
      await store.delete(path);
    }
  }
  for (const [path, contents] of tree) {
    const isSame = (await store.exists(path)) && contents.equals(await store.readBytes(path));
    if (!isSame) {
      await store.write(path, contents);
    }
  }
}

/** What is wrong with a tree that should be the one that its number says: the paths of the files that differ. */
export async function findDifferences(store: FileStore): Promise<readonly string[]> {
  const tree = numberedTree(Number(await store.read(numberFile)));
  const differences: string[] = [];
  for await (const { path } of store.entries('', { recursive: true })) {
    if (tree.get(path)?.equals(await store.readBytes(path)) !== true) {
      differences.push(path);
    }
    tree.delete(path);
  }
  return [...differences, ...tree.keys()];
}

function numberedTree(step: number): Map<string, Buffer> {
  const tree = new Map<string, Buffer>([[numberFile, Buffer.from(`${step}`)]]);
  for (let file = 0; file < 24; file += 1) {
    const age = Math.floor(step / (file + 1));
    if ((age + file) % 7 !== 0) {
      const size = file === 5 ? 1_500_000 : 40 + ((age * 131 + file * 17) % 3000);
      tree.set(`conversations/c${file % 5}/${file}.json`, bytesOf(`${file}/${age}`, size));
    }
  }
  return tree;
}

function bytesOf(seed: string, size: number): Buffer {
  return Buffer.alloc(size, createHash('sha512').update(seed).digest());
}
