import { join } from 'node:path';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import type { RowContext } from './rows/row-context.ts';

/** A kind of store whose growth is measured; each number of items has one of its own. */
interface GrowthStores {
  readonly name: string;
  readonly open: (directory: string) => FileStore;
}

/** The local disk without flushes, which cost what they cost however much is there; and memory. */
const growthStores: readonly GrowthStores[] = [
  { name: 'local disk', open: (directory) => new LocalFileStore({ root: directory, durability: 'atomic' }) },
  { name: 'memory', open: () => new MemoryFileStore() },
];

/** The numbers of items that are measured, from few to many. */
function growthSizes({ full }: RowContext): readonly number[] {
  return full ? [100, 1000, 10_000, 100_000] : [100, 1000, 10_000];
}

/** A store with so many items, opened on a directory of its own. */
export interface GrownStore {
  readonly items: number;
  readonly files: FileStore;
}

/** For each kind of store, opens one for each number of items, fills it, measures, and closes them. */
export async function withGrownStores<Result>(
  context: RowContext,
  fill: (grown: GrownStore) => Promise<void>,
  measure: (name: string, stores: readonly GrownStore[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, open } of growthStores) {
    await using opened = new AsyncDisposableStack();
    const stores: GrownStore[] = [];
    for (const items of growthSizes(context)) {
      const files = opened.use(open(join(context.directory, `${name.replace(' ', '-')}-${items}`)));
      context.onProgress(`making ${items} items, ${name}`);
      await fill({ items, files });
      context.signal.throwIfAborted();
      stores.push({ items, files });
    }
    results.push(...(await measure(name, stores)));
  }
  return results;
}
