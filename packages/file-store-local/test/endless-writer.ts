/** Writes a file that never ends, says `writing` when a part of it is on the disk, and `written` when it is told to end it. */
import { once } from 'node:events';
import { LocalFileStore } from '../src/index.ts';

async function* untilTold(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first ');
  process.stdout.write('writing\n');
  await once(process.stdin, 'data');
  yield Buffer.from('last');
}

const [root = '', path = ''] = process.argv.slice(2);
const store = new LocalFileStore({ root });
await store.write('other', 'x');
await store.write(path, untilTold());
process.stdout.write('written\n');
await store.close();
process.stdin.destroy();
