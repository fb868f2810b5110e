import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileStore, type FileStore, FileStoreError } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { fsync } from '../src/descriptors.ts';
import { LocalFileStore } from '../src/index.ts';
import { LocalDriver } from '../src/local-driver.ts';
import { temporaryDirectory } from './temporary-root.ts';

const rounds = 150;

/** Does something to `dir/file`, which holds `x`, while another store deletes `dir`, again and again. */
async function race(
  write: (store: FileStore) => Promise<unknown>,
  change: (store: FileStore) => Promise<unknown>,
  check: (outcome: PromiseSettledResult<unknown> | undefined, store: FileStore) => Promise<void>,
): Promise<void> {
  const root = temporaryDirectory();
  await using one = new LocalFileStore({ root, durability: 'atomic' });
  await using other = new LocalFileStore({ root, durability: 'atomic' });
  for (let round = 0; round < rounds; round += 1) {
    await write(one);
    const [outcome, deleted] = await Promise.allSettled([change(one), other.delete('dir')]);
    expect(deleted).toMatchObject({ status: 'fulfilled' });
    await check(outcome, one);
    await Promise.all([one.delete('dir'), one.delete('moved')]);
  }
}

async function contentsOf(store: FileStore, path: string): Promise<string | undefined> {
  return (await store.exists(path)) ? await store.read(path) : undefined;
}

it.each([
  ['a file', {}],
  ['a file with metadata', { contentType: 'text/plain' }],
])('appends to %s before its directory is deleted or after, never to what was deleted', { timeout: 120_000 }, async (_what, options) => {
  await race(
    (store) => store.write('dir/file', 'x', options),
    (store) => store.append('dir/file', 'y'),
    async (outcome, store) => {
      expect(outcome).toMatchObject({ status: 'fulfilled' });
      expect([undefined, 'y']).toContain(await contentsOf(store, 'dir/file'));
    },
  );
});

it.each([{}, { ifAbsent: true }])(
  'moves a file before its directory is deleted, or finds none: %o',
  { timeout: 120_000 },
  async (options) => {
    await race(
      (store) => store.write('dir/file', 'x'),
      (store) => store.move('dir/file', 'moved/file', options),
      async (outcome, store) => {
        const isMoved = outcome?.status === 'fulfilled';
        if (!isMoved) {
          expect(outcome?.reason).toSatisfy((error) => error instanceof FileStoreError && error.code === 'not-found');
        }
        expect(await contentsOf(store, 'moved/file')).toBe(isMoved ? 'x' : undefined);
        expect(await contentsOf(store, 'dir/file')).toBeUndefined();
      },
    );
  },
);

it.each([
  ['deleted', (directory: string) => rmSync(directory, { recursive: true }), 'y'],
  ['replaced', (directory: string) => writeFileSync(join(directory, 'file'), 'new,'), 'new,y'],
])('never brings back the contents of a file with metadata that is %s while it is appended to', async (_what, change, expected) => {
  const root = temporaryDirectory();
  let onSync: (() => void) | undefined;
  const driver = new LocalDriver(
    { root },
    {
      file: async (fd) => {
        onSync?.();
        onSync = undefined;
        await fsync(fd);
      },
    },
  );
  await using store = createFileStore(driver);
  await store.write('dir/file', 'x', { contentType: 'text/plain' });
  onSync = () => change(join(root, 'dir'));
  await store.append('dir/file', 'y');
  expect(await store.read('dir/file')).toBe(expected);
});
