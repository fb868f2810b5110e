import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, it, onTestFinished } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Permissions do not hold back root. */
const unprivilegedUser = 65_534;
const onPosix = process.platform !== 'win32';

/** A tree in which `work/closed` has these permissions, for somebody who is not root. */
async function treeWithClosed(mode: number, change: (root: string) => void = () => undefined): Promise<LocalFileStore> {
  const root = await temporaryDirectory();
  mkdirSync(join(root, 'work/closed/deep'), { recursive: true });
  for (const path of [
    'a',
    'work/b',
    'work/closed.txt',
    'work/closed/x',
    'work/closed/y',
    'work/closed/deep/z',
    'work/closed0',
    'work/d/e',
    'z',
  ]) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  change(root);
  chmodSync(root, 0o755);
  chmodSync(join(root, 'work/closed'), mode);
  onTestFinished(() => chmodSync(join(root, 'work/closed'), 0o700));
  if (process.getuid?.() === 0) {
    process.seteuid?.(unprivilegedUser);
    onTestFinished(() => void process.seteuid?.(0));
  }
  return new LocalFileStore({ root });
}

it.runIf(onPosix).each([
  ['read', 0o000],
  ['searched', 0o444],
])('leaves out a directory that may not be %s, names it, and backs up all else', async (_what, mode) => {
  const source = await treeWithClosed(mode);
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const { leftOut, files } = await repository.create(source);
  expect(leftOut).toEqual([{ path: 'work/closed/', reason: 'permission-denied' }]);
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(Object.keys(await readTree(target))).toEqual(['a', 'work/b', 'work/closed.txt', 'work/closed0', 'work/d/e', 'z']);
  expect(files).toBe(6);
  expect((await repository.create(source)).unchanged).toBe(6);
  expect((await repository.create(source, { exclude: (path) => path.startsWith('work/') })).leftOut).toEqual([]);
});

it.runIf(onPosix)('goes on behind a directory that is closed, whatever else bears the name that would come next', async () => {
  const source = await treeWithClosed(0o000, (root) => {
    rmSync(join(root, 'work/closed0'));
    symlinkSync('d', join(root, 'work/closed0'));
  });
  const { leftOut, files } = await new BackupRepository({ files: new MemoryFileStore() }).create(source);
  expect(leftOut).toEqual([{ path: 'work/closed/', reason: 'permission-denied' }]);
  expect(files).toBe(5);
});

it('fails when the source cannot be listed at all, or for a failure that may pass', async () => {
  const source = await storeOf({ 'a/b': 'x' });
  for (const code of ['permission-denied', 'unavailable'] as const) {
    const failing = createFaultyFileStore(source, { faults: [{ operations: ['entries'], code }] });
    const creating = new BackupRepository({ files: new MemoryFileStore() }).create(failing);
    await expect(creating).rejects.toSatisfy((error) => error instanceof FileStoreError && error.code === code);
  }
});

it('leaves out a directory that is closed when it is looked at again', async () => {
  const source = await storeOf({ 'work/c/first': '1', 'work/d': 'x' });
  const closing = interceptFileStore(source, async (operation, path) => {
    if (operation === 'open' && path === 'work/c/first') {
      await source.write(path, 'changed');
    }
    if (operation === 'entries' && path === 'work/c') {
      throw new FileStoreError('permission-denied', 'it is closed', { path });
    }
  });
  const created = await new BackupRepository({ files: new MemoryFileStore() }).create(closing);
  expect(created).toMatchObject({ files: 1, unsettled: [], leftOut: [{ path: 'work/c/', reason: 'permission-denied' }] });
});
