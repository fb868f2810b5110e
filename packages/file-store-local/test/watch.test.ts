import { mkdirSync, symlinkSync } from 'node:fs';
import { appendFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A store with a directory, and what is told of a path in it. */
async function watching(
  path: string,
): Promise<{ readonly store: LocalFileStore; readonly root: string; readonly change: () => Promise<void> }> {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root, durability: 'atomic' });
  await store.write('dir/log', 'a');
  let next = Promise.withResolvers<void>();
  const watch = await store.watch(path, () => {
    next.resolve();
    next = Promise.withResolvers<void>();
  });
  expect(watch).toBeDefined();
  return { store, root, change: () => next.promise };
}

it.each(['dir/log', 'dir', 'dir/missing'])('tells of changes of %s, whoever makes them', async (path) => {
  const { store, root, change } = await watching(path);
  const file = path === 'dir' ? 'dir/log' : path;
  let changed = change();
  await appendFile(join(root, file), 'b');
  await changed;
  changed = change();
  await store.write(file, 'whole');
  await changed;
  await store.close();
});

it('does not tell of the files beside', async () => {
  const { store, root, change } = await watching('dir/log');
  let isTold = false;
  const changed = change().then(() => {
    isTold = true;
  });
  const beside = Promise.withResolvers<void>();
  await store.watch('dir/other', () => beside.resolve());
  await writeFile(join(root, 'dir/other'), 'x');
  await beside.promise;
  expect(isTold).toBe(false);
  await appendFile(join(root, 'dir/log'), 'b');
  await changed;
  await store.close();
});

it.each(['dir/log', 'dir'])('tells that %s is gone when its directory was removed or moved', async (path) => {
  for (const lose of [(dir: string) => rm(dir, { recursive: true }), (dir: string) => rename(dir, `${dir}-elsewhere`)]) {
    const root = temporaryDirectory();
    await using store = new LocalFileStore({ root, durability: 'atomic' });
    await store.write('dir/log', 'a');
    const gone = Promise.withResolvers<void>();
    await store.watch(path, (change) => change === 'gone' && gone.resolve());
    await appendFile(join(root, 'dir/log'), 'b');
    await lose(join(root, 'dir'));
    await gone.promise;
  }
});

it('watches nothing where no directory is', async () => {
  await using store = new LocalFileStore({ root: temporaryDirectory() });
  expect(await store.watch('missing/log', () => undefined)).toBeUndefined();
});

it('follows no link', async () => {
  const [root, outside] = [temporaryDirectory(), temporaryDirectory()];
  mkdirSync(join(root, 'dir'));
  symlinkSync(outside, join(root, 'dir/link'));
  await using store = new LocalFileStore({ root });
  await expect(store.watch('dir/link/log', () => undefined)).rejects.toMatchObject({ code: 'permission-denied' });
});
