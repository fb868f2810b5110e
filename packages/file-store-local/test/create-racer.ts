/** Creates the files `0` to `count - 1` under a root unless somebody else was faster, and prints the indexes of those it made. */
import { hasErrorCode } from '@oh/file-store-core';
import { LocalFileStore } from '../src/index.ts';

const [root = '', count = '0'] = process.argv.slice(2);
const store = new LocalFileStore({ root, durability: 'atomic' });
const made: number[] = [];
for (let i = 0; i < Number(count); i += 1) {
  try {
    await store.write(`dir/${i}`, `${process.pid}`, { ifAbsent: true });
    made.push(i);
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
  }
}
await store.close();
process.stdout.write(JSON.stringify({ pid: process.pid, made }));
