import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { openPathsBelow } from './open-paths.ts';
import { temporaryDirectory } from './temporary-root.ts';

it.runIf(process.platform === 'linux')('says of a file that fits into no string that it does not, before it reads it', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('large', 'x');
  // A hole, which takes no space.
  truncateSync(join(root, 'large'), 20e9);
  const message = expect.stringContaining('has 20000000000 bytes, more than a string can hold');
  await expect(store.read('large')).rejects.toMatchObject({ code: 'unsupported', path: 'large', message });
  expect(await store.readBytes('large', { range: { start: 20e9 - 3 } })).toEqual(new Uint8Array(3));
  expect(openPathsBelow(root).filter((path) => !path.includes('.oh-tmp'))).toEqual([]);
});
