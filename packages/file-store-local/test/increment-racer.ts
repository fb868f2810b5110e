/** Increments a counter, with a store of its own each time, so that the locks come and go with the stores. */
import { updateFile } from '@oh/file-store-core';
import { LocalFileStore } from '../src/index.ts';

const [root = '', count = '0'] = process.argv.slice(2);
for (let i = 0; i < Number(count); i += 1) {
  const store = new LocalFileStore({ root, durability: 'atomic' });
  await updateFile(store, 'counter', (current = '0') => `${Number(current) + 1}`, { maxAttempts: 10_000 });
  await store.close();
}
