import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Directories } from '../src/directories.ts';
import { LocalFileStore } from '../src/local-file-store.ts';
import { LocalRoot } from '../src/local-root.ts';
import { QuickCalls } from '../src/quick-calls.ts';
import { temporaryDirectory } from './temporary-root.ts';

it('says of a directory with a file that it stays, of an empty and a missing one that it is gone', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'full'));
  writeFileSync(join(root, 'full', 'file'), '');
  mkdirSync(join(root, 'empty'));
  const directories = new Directories({
    root: new LocalRoot(root),
    mode: 0o700,
    exactMode: false,
    quick: new QuickCalls(),
    sync: undefined,
  });
  const remove = (name: string): Promise<boolean> => directories.removeIfEmpty(join(root, name), { path: name });
  expect(await Promise.all(['full', 'empty', 'missing', 'missing/below'].map(remove))).toEqual([false, true, true, true]);
  expect(['full/file', 'empty'].map((name) => existsSync(join(root, name)))).toEqual([true, false]);
});

it('refuses to delete a version of a file that has gone together with its directory', async () => {
  await using store = new LocalFileStore({ root: temporaryDirectory() });
  const { version } = await store.write('directory/file', 'contents');
  await store.delete('directory');
  await expect(store.delete('directory/file', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
  await store.delete('directory/file');
});

it.each(['', 'below'])('gives up where the root leads to nothing, as a link to a disk that is not mounted (%j)', async (below) => {
  const directory = temporaryDirectory();
  symlinkSync(join(directory, 'not-mounted'), join(directory, 'link'));
  await using store = new LocalFileStore({ root: join(directory, 'link', below) });
  await expect(store.write('file', 'contents')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('not mounted'),
  });
  expect(existsSync(join(directory, 'not-mounted'))).toBe(false);
});
