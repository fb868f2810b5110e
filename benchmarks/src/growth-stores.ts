import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import type { RowContext } from './rows/row-context.ts';
import { runConcurrently } from './run-concurrently.ts';

const writesAtOnce = 64;

/** A kind of store whose growth is measured; each number of items has one of its own. */
interface GrowthStores {
  readonly name: string;
  readonly open: (directory: string) => FileStore;
  /** Whether what lies in the directory is the store. */
  readonly isDirectory: boolean;
}

/** The local disk without flushes, which cost what they cost however much is there; and memory. */
const growthStores: readonly GrowthStores[] = [
  { name: 'local disk', isDirectory: true, open: (directory) => new LocalFileStore({ root: directory, durability: 'atomic' }) },
  { name: 'memory', isDirectory: false, open: () => new MemoryFileStore() },
];

/** The numbers of items that are measured, from few to many. */
function growthSizes({ full }: RowContext): readonly number[] {
  return full ? [100, 1000, 10_000, 100_000] : [100, 1000, 10_000];
}

/** A store with so many items, opened on a directory of its own. */
export interface GrownStore {
  readonly items: number;
  readonly files: FileStore;
  /** The directory that is the store, where it is one. */
  readonly root: string | undefined;
}

/** Puts a small file at each path; past a store that is a directory, since that is faster. */
export async function putFiles({ files, root }: GrownStore, paths: readonly string[], contents: (index: number) => string): Promise<void> {
  if (root === undefined) {
    await runConcurrently(writesAtOnce, paths.entries(), ([index, path]) => files.write(path, contents(index)));
    return;
  }
  for (const [index, path] of paths.entries()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), contents(index));
  }
}

/** For each kind of store, opens one for each number of items, fills it, measures, and closes them. */
export async function withGrownStores<Result>(
  context: RowContext,
  fill: (grown: GrownStore, context: RowContext) => Promise<void>,
  measure: (name: string, stores: readonly GrownStore[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, open, isDirectory } of growthStores) {
    await using opened = new AsyncDisposableStack();
    const stores: GrownStore[] = [];
    for (const items of growthSizes(context)) {
      const directory = join(context.directory, `${name.replace(' ', '-')}-${items}`);
      const grown = { items, files: opened.use(open(directory)), root: isDirectory ? directory : undefined };
      context.onProgress(`making ${items} items, ${name}`);
      await fill(grown, context);
      context.signal.throwIfAborted();
      stores.push(grown);
    }
    results.push(...(await measure(name, stores)));
  }
  return results;
}
