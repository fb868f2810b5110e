import { randomBytes } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import type { UnreadablePart } from '../src/file-list.ts';
import type { SnapshotEntriesOptions } from '../src/snapshot-entries.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

async function list(repository: BackupRepository, options: SnapshotEntriesOptions = {}): Promise<string[]> {
  return (await Array.fromAsync(repository.entries('latest', options))).map(({ path }) => path);
}

async function read(repository: BackupRepository, path: string, id = 'latest'): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(repository.read(id, path)));
}

/** Fills a repository with a snapshot of many files in few directories, whose list has many parts. */
async function backUpMany(files: MemoryFileStore): Promise<void> {
  const source = new MemoryFileStore();
  for (let index = 0; index < 6000; index += 1) {
    await source.write(`${index < 5000 ? 'big' : `small/${index % 10}`}/${index}`, `${index % 7}`);
  }
  await source.write('zero', '');
  await new BackupRepository({ files }).create(source);
}

describe('entries', () => {
  it('lists a directory, or all files below it, with what is known of them', async () => {
    const source = new MemoryFileStore();
    await source.write('a', 'one', { contentType: 'text/plain', metadata: { by: 'me' } });
    await source.write('d/b', 'two');
    await source.write('d/e/c', 'three');
    const repository = new BackupRepository({ files: new MemoryFileStore(), key: fixedKey() });
    await repository.create(source);
    const { version, modifiedAt } = await source.stat('a');
    const [first] = await Array.fromAsync(repository.entries('latest'));
    expect(first).toEqual({ kind: 'file', path: 'a', size: 3, version, modifiedAt, contentType: 'text/plain', metadata: { by: 'me' } });
    expect(await list(repository)).toEqual(['a', 'd/']);
    expect(await list(repository, { recursive: true })).toEqual(['a', 'd/b', 'd/e/c']);
    expect(await list(repository, { path: '/d/' })).toEqual(['d/b', 'd/e/']);
    expect(await list(repository, { path: 'd', recursive: true })).toEqual(['d/b', 'd/e/c']);
    expect(await list(repository, { path: 'd/b' })).toEqual(['d/b']);
    await expect(list(repository, { path: 'd/x' })).rejects.toThrow(withCode('not-found'));
    await expect(list(repository, { path: 'd/b/c' })).rejects.toThrow(withCode('not-found'));
    await expect(Array.fromAsync(repository.entries('abcd'))).rejects.toThrow(withCode('not-found'));
  });

  it('lists what the store lists, in any tree', async () => {
    const names = fc.constantFrom('a', 'a/b', 'a-', 'a.b', 'a0', 'a/b/c', 'a/b0', 'b', 'b/c/d', 'b/c', 'ä', '\u{1f600}/x', '\uffee/y');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(names, { minLength: 1 }), fc.boolean(), async (paths, recursive) => {
        const source = await storeOf(Object.fromEntries(paths.map((path) => [path, path])));
        const repository = new BackupRepository({ files: new MemoryFileStore() });
        await repository.create(source);
        const listed = async (path: string) => (await Array.fromAsync(source.entries(path, { recursive }))).map((entry) => entry.path);
        expect(await list(repository, { recursive })).toEqual(await listed(''));
        for (const path of ['a', 'a/b', 'b/c']) {
          const there = [...((await source.exists(path)) ? [path] : []), ...(await listed(path))];
          expect(await list(repository, { path, recursive }).catch(() => [])).toEqual(there);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('names the parts that cannot be read, lists the others, and takes nothing for missing', { timeout: 120_000 }, async () => {
    const files = new MemoryFileStore();
    await backUpMany(files);
    const all = await list(new BackupRepository({ files }), { recursive: true });
    const packs = await Array.fromAsync(files.entries('packs', { recursive: true }));
    for (const { path } of packs) {
      const bytes = await files.readBytes(path);
      const middle = Math.floor(bytes.byteLength / 2);
      bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
      await files.write(path, bytes);
    }
    const repository = new BackupRepository({ files });
    await expect(list(repository, { recursive: true })).rejects.toThrow(withCode('corrupt'));
    const unreadable: UnreadablePart[] = [];
    const left = await list(repository, { recursive: true, onUnreadable: (part) => unreadable.push(part) });
    expect(unreadable.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(all.length);
    const there = new Set(left);
    const lost = all.filter((path) => !there.has(path));
    for (const path of [lost[0], lost.at(-1)]) {
      await expect(read(repository, String(path))).rejects.toThrow(withCode('corrupt'));
      await expect(list(repository, { path: String(path) })).rejects.toThrow(withCode('corrupt'));
      expect(await list(repository, { path: String(path), onUnreadable: () => undefined })).toEqual([]);
    }
  });

  it('stops for a signal, before and in flight', async () => {
    const repository = new BackupRepository({ files: new MemoryFileStore() });
    await repository.create(await storeOf({ a: '1', b: '2' }));
    for (const run of [
      (signal: AbortSignal) => repository.entries('latest', { signal }),
      (signal: AbortSignal) => repository.read('latest', 'a', { signal }),
      (signal: AbortSignal) => repository.diff('latest', 'latest', { signal }),
    ]) {
      await expect(Array.fromAsync<unknown>(run(AbortSignal.abort(new Error('stop'))))).rejects.toThrow('stop');
    }
    const stop = new AbortController();
    const files = interceptFileStore(new MemoryFileStore(), async (operation, path) => {
      if (operation === 'readBytes' && String(path).startsWith('packs/')) {
        stop.abort(new Error('stop'));
      }
    });
    const aborted = new BackupRepository({ files });
    await aborted.create(await storeOf({ a: '1' }));
    await expect(Array.fromAsync(aborted.entries('latest', { signal: stop.signal }))).rejects.toThrow('stop');
    await expect(Array.fromAsync(aborted.read('latest', 'a', { signal: stop.signal }))).rejects.toThrow('stop');
  });
});

describe('read', () => {
  it('gives the contents of a file, small, large and empty, of any snapshot', async () => {
    const contents = { empty: '', small: 'x', 'd/large': randomBytes(3 * 1024 * 1024 + 5) };
    const source = await storeOf(contents);
    const repository = new BackupRepository({ files: new MemoryFileStore(), key: fixedKey() });
    const { id } = await repository.create(source);
    await source.write('small', 'y');
    await repository.create(source);
    for (const [path, text] of Object.entries(contents)) {
      expect((await read(repository, path, id)).equals(Buffer.from(text))).toBe(true);
    }
    expect((await read(repository, '/small')).toString()).toBe('y');
    const parts = await Array.fromAsync(repository.read('latest', 'd/large'));
    expect(parts.map(({ byteLength }) => byteLength)).toEqual([1024 * 1024, 1024 * 1024, 1024 * 1024, 5]);
    for (const path of ['nope', 'd', 'small/x']) {
      await expect(read(repository, path)).rejects.toThrow(withCode('not-found'));
    }
  });

  it('gives no part that is not what was backed up', async () => {
    const files = new MemoryFileStore();
    const repository = new BackupRepository({ files });
    await repository.create(await storeOf({ a: randomBytes(5000) }));
    const [pack = ''] = Object.keys(await readTree(files, 'packs'));
    const bytes = await files.readBytes(pack);
    bytes[100] = (bytes[100] ?? 0) ^ 0xff;
    await files.write(pack, bytes);
    await expect(read(repository, 'a')).rejects.toThrow(withCode('corrupt'));
  });
});
