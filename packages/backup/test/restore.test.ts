import { randomBytes } from 'node:crypto';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { withCode } from './with-code.ts';

async function repositoryWith(texts: Readonly<Record<string, string | Uint8Array>>): Promise<BackupRepository> {
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(await storeOf(texts));
  return repository;
}

it('leaves what is there with other contents, and names it', async () => {
  const repository = await repositoryWith({ a: 'one', b: 'two', 'c/d': 'three' });
  const target = await storeOf({ a: 'own', b: 'two', other: 'kept' });
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 1, present: 1, conflicts: ['a'] });
  expect(await target.read('a')).toBe('own');
  expect(await target.read('other')).toBe('kept');
});

it('takes for the same only what has all bytes and no more', async () => {
  const part = randomBytes(1024 * 1024);
  const repository = await repositoryWith({ empty: '', part, twice: Buffer.concat([part, part]) });
  const longer = Buffer.concat([part, Buffer.from('x')]);
  const target = await storeOf({ empty: 'x', part: longer, twice: part });
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 0, present: 0, conflicts: ['empty', 'part', 'twice'] });
  expect(await repository.restore('latest', target, { overwrite: true })).toMatchObject({ restored: 3, conflicts: [] });
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 0, present: 3, conflicts: [] });
});

it('fails for what the repository refuses, which is no refusal of the target', async () => {
  const files = new MemoryFileStore();
  await new BackupRepository({ files }).create(await storeOf({ a: 'one' }));
  // The list is read first.
  const fault = { operations: ['open'], match: (path: string) => path.startsWith('packs/'), skip: 1, code: 'permission-denied' } as const;
  const unreadable = new BackupRepository({ files: createFaultyFileStore(files, { faults: [fault] }) });
  const target = new MemoryFileStore();
  await expect(unreadable.restore('latest', target)).rejects.toEqual(withCode('permission-denied'));
  expect(await readTree(target)).toEqual({});
});

it('names as a conflict where a directory is that is a file in the snapshot, or the other way round', async () => {
  const repository = await repositoryWith({ a: 'one', 'b/c': 'two', d: 'three' });
  const target = interceptFileStore(new MemoryFileStore(), (operation, path) => {
    if (operation === 'write' && path !== 'd') {
      throw new FileStoreError('path-conflict', `no file can be at ${JSON.stringify(path)}`, { path: String(path) });
    }
  });
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 1, conflicts: ['a', 'b/c'], refused: [] });
});

it('asks a store without conditions for none', async () => {
  const repository = await repositoryWith({ a: 'one', b: 'two' });
  const target = await storeOf({ a: 'own' });
  const plain = new Proxy(target, {
    get: (store, key) => {
      const member: unknown = key === 'capabilities' ? { ...store.capabilities, conditions: false } : Reflect.get(store, key, store);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
  const asked: unknown[] = [];
  const watched = interceptFileStore(plain, (operation, _, options) => void (operation === 'write' && asked.push(options)));
  expect(await repository.restore('latest', watched, { overwrite: true })).toMatchObject({ restored: 2 });
  expect(asked).toEqual([{ signal: expect.any(AbortSignal) }, { signal: expect.any(AbortSignal) }]);
});

it('replaces it when asked to, and nothing else', async () => {
  const repository = await repositoryWith({ a: 'one', b: 'two' });
  const target = await storeOf({ a: 'own', b: 'two', other: 'kept' });
  const { version } = await target.stat('b');
  expect(await repository.restore('latest', target, { overwrite: true })).toMatchObject({ restored: 1, present: 1, conflicts: [] });
  expect(await target.read('a')).toBe('one');
  expect((await target.stat('b')).version).toBe(version);
  expect(await target.read('other')).toBe('kept');
});

it('restores nothing that is excluded, and tells it from what is not in the snapshot', async () => {
  const repository = await repositoryWith({ a: 'one', 'b/c': 'two', 'b/d': 'three' });
  const target = await storeOf({ a: 'own' });
  const exclude = (path: string): boolean => path === 'a' || path === 'b/d';
  expect(await repository.restore('latest', target, { exclude })).toMatchObject({ restored: 1, present: 0, conflicts: [] });
  expect(Object.keys(await readTree(target))).toEqual(['a', 'b/c']);
  expect(await repository.restore('latest', target, { exclude: () => true })).toMatchObject({ restored: 0, present: 0 });
  await expect(repository.restore('latest', target, { path: 'x', exclude: () => true })).rejects.toThrow(withCode('not-found'));
});

it.each([false, true])('does not replace what somebody writes meanwhile (overwrite: %s)', async (overwrite) => {
  const repository = await repositoryWith({ a: 'one' });
  const target = overwrite ? await storeOf({ a: 'old' }) : new MemoryFileStore();
  const racing = interceptFileStore(target, async (operation) => {
    if (operation === 'write') {
      await target.write('a', 'newer');
    }
  });
  expect(await repository.restore('latest', racing, { overwrite })).toMatchObject({ restored: 0, conflicts: ['a'] });
  expect(await target.read('a')).toBe('newer');
});

it('brings back what somebody deletes after it was listed', async () => {
  const repository = await repositoryWith({ a: 'one', b: 'two' });
  const target = await storeOf({ a: 'one', b: 'two' });
  const deleting = interceptFileStore(target, async (operation, path) => {
    if (operation === 'readBytes' && path === 'a') {
      await target.delete('a');
    }
  });
  expect(await repository.restore('latest', deleting)).toMatchObject({ restored: 1, present: 1, conflicts: [] });
  expect(await target.read('a')).toBe('one');
});

it('counts the files whose metadata the target cannot keep, of those that it wrote', async () => {
  const source = new MemoryFileStore();
  for (const path of ['a', 'b', 'c']) {
    await source.write(path, path, { contentType: 'text/plain' });
  }
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(source);
  const target = new MemoryFileStore();
  const racing = interceptFileStore(target, async (operation, path) => {
    if (operation === 'write' && path === 'a') {
      await target.write('a', 'newer');
    }
  });
  const plain = new Proxy(racing, {
    get: (store, key) => {
      const member: unknown = Reflect.get(store, key, store);
      return key === 'capabilities'
        ? { ...store.capabilities, metadata: false }
        : typeof member === 'function'
          ? member.bind(store)
          : member;
    },
  });
  expect(await repository.restore('latest', plain)).toMatchObject({ restored: 2, conflicts: ['a'], withoutMetadata: 2 });
});

it('names what the target does not take, and brings back all else', async () => {
  const repository = await repositoryWith({ a: 'one', b: 'two', 'c/d': 'three', 'c/e': 'four' });
  const target = await storeOf({ 'c/e': '4444' });
  const refusing = interceptFileStore(target, async (operation, path) => {
    if (path === 'b' ? operation === 'write' : path === 'c/e' && operation === 'readBytes') {
      throw new FileStoreError('permission-denied', `"${path}" leads through a link`, { path: String(path) });
    }
  });
  const { restored, refused, conflicts } = await repository.restore('latest', refusing);
  expect({ restored, conflicts }).toEqual({ restored: 2, conflicts: [] });
  expect(refused.map(({ path, error }) => `${path} ${error.code}`).sort()).toEqual(['b permission-denied', 'c/e permission-denied']);
  expect(await readTree(target)).toEqual(await readTree(await storeOf({ a: 'one', 'c/d': 'three', 'c/e': '4444' })));
});

it('goes on with a restoration that failed in the middle', async () => {
  const texts = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`f${at}`, randomBytes(at === 7 ? 3_000_000 : 100)]));
  const repository = await repositoryWith(texts);
  const target = new MemoryFileStore();
  const full = createFaultyFileStore(target, { faults: [{ operations: ['write'], skip: 15, code: 'no-space' }] });
  await expect(repository.restore('latest', full)).rejects.toEqual(withCode('no-space'));
  const done = Object.keys(await readTree(target)).length;
  expect(done).toBeGreaterThan(0);
  expect(await repository.restore('latest', target)).toMatchObject({ restored: 40 - done, present: done, conflicts: [] });
  expect(await readTree(target)).toEqual(await readTree(await storeOf(texts)));
});

it('brings back one file, or one directory', async () => {
  const repository = await repositoryWith({ 'a/b': '1', 'a/c': '2', ab: '3' });
  const target = new MemoryFileStore();
  expect(await repository.restore('latest', target, { path: 'a/' })).toMatchObject({ restored: 2 });
  expect(await repository.restore('latest', target, { path: '/ab' })).toMatchObject({ restored: 1 });
  expect(Object.keys(await readTree(target))).toEqual(['a/b', 'a/c', 'ab']);
  await expect(repository.restore('latest', target, { path: 'b' })).rejects.toEqual(withCode('not-found'));
  await expect(repository.restore('latest', target, { path: '../a' })).rejects.toEqual(withCode('invalid-path'));
});

it('looks at nothing in the target but what it brings back', async () => {
  const repository = await repositoryWith({ 'a/b': '1', 'a/c': '2', 'a/d/e': '4', ab: '3' });
  const target = await storeOf({ 'a/b': 'own', 'a/c': '2', 'a/d/e': '4', ab: 'own', other: 'x' });
  const listed: unknown[] = [];
  const watched = interceptFileStore(target, (operation, path) => {
    if (operation === 'entries') {
      listed.push(path);
    }
  });
  expect(await repository.restore('latest', watched, { path: 'a' })).toMatchObject({ restored: 0, present: 2, conflicts: ['a/b'] });
  expect(await repository.restore('latest', watched, { path: 'ab' })).toMatchObject({ restored: 0, present: 0, conflicts: ['ab'] });
  expect(await repository.restore('latest', watched, { path: 'ab', overwrite: true })).toMatchObject({ restored: 1 });
  expect(listed).toEqual(['a', 'ab', 'ab']);
  expect(await target.read('ab')).toBe('3');
});

it.each(['stat', 'entries'])('names what is asked for as refused where the target refuses it already at %s', async (refusing) => {
  const repository = await repositoryWith({ 'a/b': '1' });
  const refuse = interceptFileStore(new MemoryFileStore(), async (operation, path) => {
    if (operation === refusing || operation === 'write') {
      throw new FileStoreError('permission-denied', 'it leads through a link', { path: String(path) });
    }
  });
  const { restored, refused } = await repository.restore('latest', refuse, { path: 'a/b' });
  expect({ restored, refused: refused.map(({ path }) => path) }).toEqual({ restored: 0, refused: ['a/b'] });
});

it('restores nothing of an empty source, which is no error', async () => {
  const repository = await repositoryWith({});
  expect(await repository.restore('latest', new MemoryFileStore())).toMatchObject({ restored: 0, present: 0 });
});

it('restores no latest snapshot where those of several sources lie, and names the newest of each', async () => {
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const source = await storeOf({ a: 'one' });
  const first = await repository.create(source, { name: 'laptop:/data' });
  const other = await repository.create(source, { name: 'server:/data' });
  const target = new MemoryFileStore();
  await expect(repository.restore('latest', target)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining(`${first.id.slice(0, 12)} of "laptop:/data"`),
  });
  expect(await target.list()).toEqual([]);
  expect(await repository.restore(other.id.slice(0, 12), target)).toMatchObject({ restored: 1 });
});

it('tells the progress within a large file, of a backup and of a restoration', async () => {
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const size = 3 * 1024 * 1024;
  const told: number[] = [];
  const onProgress = ({ bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number }): void => {
    expect(totalBytes).toBe(size);
    told.push(bytes / size);
  };
  await repository.create(await storeOf({ large: randomBytes(size) }), { onProgress });
  expect(told).toEqual([0, 1 / 3, 2 / 3, 1, 1]);
  told.length = 0;
  const target = new MemoryFileStore();
  await repository.restore('latest', target, { onProgress });
  expect(told).toEqual([1 / 3, 2 / 3, 1, 1]);
  told.length = 0;
  expect(await repository.restore('latest', target, { onProgress })).toMatchObject({ present: 1 });
  expect(told).toEqual([1 / 3, 2 / 3, 1, 1]);
});

it('writes nothing into a store without conditions that does not show what it has', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ 'd/a': 'new' }));
  const there = await storeOf({ 'd/a': 'old' });
  const hiding = interceptFileStore(there, (operation, path) => {
    if (operation === 'entries') {
      throw new FileStoreError('permission-denied', 'it may not be listed', { path: String(path) });
    }
  });
  const target = new Proxy(hiding, {
    get: (store, key) => {
      const value: unknown = key === 'capabilities' ? { ...store.capabilities, conditions: false } : Reflect.get(store, key, store);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  });
  for (const path of ['d', '']) {
    await expect(repository.restore('latest', target, { path })).rejects.toEqual(withCode('permission-denied'));
  }
  expect(await there.read('d/a')).toBe('old');
});

it.each([
  ['', 'permission-denied'],
  ['d', 'unavailable'],
] as const)('fails when what is there at %j cannot be listed: %s', async (path, code) => {
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  await repository.create(await storeOf({ 'd/a': 'new' }));
  const target = createFaultyFileStore(new MemoryFileStore(), { faults: [{ operations: ['entries'], code }] });
  await expect(repository.restore('latest', target, { path })).rejects.toEqual(withCode(code));
});
