import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { openPathsBelow } from './open-paths.ts';
import { temporaryDirectory } from './temporary-root.ts';

it.runIf(process.platform === 'linux')(
  'says of files that fit into no memory, and into no string, that they do not, before it reads them',
  async () => {
    const root = temporaryDirectory();
    const store = new LocalFileStore({ root });
    await store.write('large', 'x');
    await store.write('huge', 'x');
    // Holes, which take no space.
    truncateSync(join(root, 'large'), 20e9);
    truncateSync(join(root, 'huge'), 1e13);
    const tooLarge = (path: string, bytes: number, holder: string): object => ({
      code: 'unsupported',
      path,
      message: expect.stringContaining(`has ${bytes} bytes, more than ${holder} can hold`),
    });
    await expect(store.readBytes('huge')).rejects.toMatchObject(tooLarge('huge', 1e13, 'memory'));
    await expect(store.read('large')).rejects.toMatchObject(tooLarge('large', 20e9, 'a string'));
    expect(await store.readBytes('huge', { range: { start: 1e13 - 3 } })).toEqual(new Uint8Array(3));
    expect(openPathsBelow(root).filter((path) => !path.includes('.oh-tmp'))).toEqual([]);
  },
);
