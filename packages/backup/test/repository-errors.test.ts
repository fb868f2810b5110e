import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { type AbortOptions, type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { Passphrase } from '@oh/secrets-store';
import { expect, it, vi } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { serializeChecked } from '../src/checked-json.ts';
import { noCipher } from '../src/repository-cipher.ts';
import { SnapshotFiles } from '../src/snapshot-files.ts';
import type { SnapshotRecord } from '../src/snapshot-record.ts';
import { copyOf, readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

it('tells a wrong passphrase from damage', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x' });
  await new BackupRepository({ files, key: new Passphrase('right') }).create(source);
  const open = (passphrase: string) => new BackupRepository({ files, key: new Passphrase(passphrase) });
  await expect(open('wrong').list()).rejects.toEqual(withCode('permission-denied'));
  await expect(open('wrong').create(source)).rejects.toEqual(withCode('permission-denied'));
  expect((await open('right').list()).snapshots).toHaveLength(1);
  await files.write('repository.json', (await files.read('repository.json')).replace('wrapped_key":"', 'wrapped_key":"x'));
  await expect(open('right').list()).rejects.toEqual(withCode('corrupt'));
  await expect(open('wrong').list()).rejects.toEqual(withCode('corrupt'));
});

it('lists the source while the key is derived', async () => {
  const listed = Promise.withResolvers<void>();
  const source = interceptFileStore(await storeOf({ a: 'x' }), (operation) => void (operation === 'entries' && listed.resolve()));
  const key = { ...fixedKey(), wrap: (bytes: Uint8Array) => listed.promise.then(() => fixedKey().wrap(bytes)) };
  expect(await new BackupRepository({ files: new MemoryFileStore(), key }).create(source)).toMatchObject({ files: 1 });
});

it('lists nothing any more when the repository cannot be opened', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x', b: 'x' });
  await new BackupRepository({ files, key: fixedKey('right') }).create(source);
  const ended = vi.fn();
  const endless = Object.create(source, {
    entries: {
      value: async function* (_path: string, { signal }: AbortOptions) {
        await once(signal ?? new AbortController().signal, 'abort');
        await turn();
        ended();
        yield* [];
      },
    },
  }) as FileStore;
  await expect(new BackupRepository({ files, key: fixedKey('wrong') }).create(endless)).rejects.toEqual(withCode('permission-denied'));
  expect(ended).toHaveBeenCalledOnce();
});

it('stores nothing in clear because somebody took the encryption away', async () => {
  const files = new MemoryFileStore();
  await new BackupRepository({ files }).create(await storeOf({ a: 'x' }));
  const before = await readTree(files);
  await expect(new BackupRepository({ files, key: fixedKey() }).create(await storeOf({ b: 'y' }))).rejects.toEqual(
    withCode('invalid-argument'),
  );
  expect(await readTree(files)).toEqual(before);
});

it('says without a key what opens a repository', async () => {
  for (const [key, expected] of [
    [undefined, null],
    [fixedKey(), 'fixed'],
  ] as const) {
    const files = new MemoryFileStore();
    expect(await new BackupRepository({ files }).protectedBy()).toBeUndefined();
    await new BackupRepository({ files, key }).create(await storeOf({ a: 'x' }));
    expect(await new BackupRepository({ files }).protectedBy()).toBe(expected);
    await files.write('repository.json', 'x');
    await expect(new BackupRepository({ files }).protectedBy()).rejects.toEqual(withCode('corrupt'));
  }
});

it('needs the kind of key that it was made with', async () => {
  const files = new MemoryFileStore();
  await new BackupRepository({ files, key: fixedKey() }).create(await storeOf({ a: 'x' }));
  await expect(new BackupRepository({ files }).list()).rejects.toEqual(withCode('permission-denied'));
  await expect(new BackupRepository({ files, key: new Passphrase('x') }).list()).rejects.toEqual(withCode('permission-denied'));
});

it('refuses a format that it does not know', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const { id } = await repository.create(await storeOf({ a: 'x' }));
  const record = JSON.parse(await files.read('repository.json')) as Record<string, unknown>;
  await files.write('repository.json', serializeChecked({ ...record, version: 2, sha256: undefined }));
  const again = new BackupRepository({ files });
  await expect(again.list()).rejects.toEqual(withCode('unsupported'));
  await expect(again.create(new MemoryFileStore())).rejects.toEqual(withCode('unsupported'));
  await expect(again.restore(id, new MemoryFileStore())).rejects.toEqual(withCode('unsupported'));
  await expect(again.verify()).rejects.toEqual(withCode('unsupported'));
});

it('makes no repository among files of something else', async () => {
  const files = await storeOf({ 'conversations/c1/metadata.json': '{}' });
  await expect(new BackupRepository({ files }).create(await storeOf({ a: 'x' }))).rejects.toEqual(withCode('path-conflict'));
  expect(Object.keys(await readTree(files))).toEqual(['conversations/c1/metadata.json']);
});

it.each(['packs', 'snapshots'])('tells a repository of whose record only %s are left from a place without one', async (left) => {
  const files = new MemoryFileStore();
  const source = await storeOf({ a: 'x' });
  const { id } = await new BackupRepository({ files }).create(source);
  const record = await files.read('repository.json');
  const others = ['packs', 'snapshots', 'index'].filter((directory) => directory !== left);
  const kept = await copyOf(files);
  for (const path of ['repository.json', ...others]) {
    await files.delete(path);
  }
  const before = await readTree(files);
  const repository = new BackupRepository({ files });
  const message = '[corrupt] "repository.json" is damaged: it is missing, though there are backups beside it; bring it back from a copy';
  for (const action of [
    () => repository.list(),
    () => repository.verify(),
    () => repository.prune(),
    () => repository.protectedBy(),
    () => repository.create(source),
    () => repository.create(source, { dryRun: true }),
  ]) {
    await expect(action()).rejects.toMatchObject({ code: 'corrupt', path: 'repository.json', message });
  }
  expect(await readTree(files)).toEqual(before);
  // Of one that is not encrypted the record of any other such repository does.
  const another = new MemoryFileStore();
  await new BackupRepository({ files: another }).create(await storeOf({ b: 'y' }));
  await kept.write('repository.json', await another.read('repository.json'));
  expect(await kept.read('repository.json')).not.toBe(record);
  expect(await new BackupRepository({ files: kept }).restore(id, new MemoryFileStore())).toMatchObject({ restored: 1, lost: [] });
});

it('opens a repository that somebody makes while it looks for one', async () => {
  const files = new MemoryFileStore();
  const beside = interceptFileStore(files, async (operation, path) => {
    if (operation === 'entries' && path === 'packs' && !(await files.exists('repository.json'))) {
      await new BackupRepository({ files }).create(await storeOf({ a: 'x' }));
    }
  });
  expect((await new BackupRepository({ files: beside }).list()).snapshots).toHaveLength(1);
});

it('backs up into a repository that somebody makes while it looks whether the place is empty', async () => {
  const files = new MemoryFileStore();
  const beside = interceptFileStore(files, async (operation, path) => {
    if (operation === 'entries' && path === '' && !(await files.exists('repository.json'))) {
      await new BackupRepository({ files }).create(await storeOf({ a: 'x' }));
    }
  });
  expect(await new BackupRepository({ files: beside }).create(await storeOf({ b: 'y' }))).toMatchObject({ files: 1 });
  expect((await new BackupRepository({ files }).list()).snapshots).toHaveLength(2);
});

it.each(['repository.json', 'snapshots/'])('fails when %s cannot be written', async (path) => {
  const files = new MemoryFileStore();
  const faults = [{ operations: ['write'], match: (each: string) => each.startsWith(path), code: 'no-space' }] as const;
  await expect(new BackupRepository({ files: createFaultyFileStore(files, { faults }) }).create(await storeOf({ a: 'x' }))).rejects.toEqual(
    withCode('no-space'),
  );
});

it('reads no snapshot of a version that it does not know, and lists the others', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const { id } = await repository.create(await storeOf({ a: 'x' }));
  const snapshots = new SnapshotFiles(files, noCipher);
  const { record } = (await snapshots.readAll({})).stored[0] ?? expect.unreachable();
  const next = { ...record, version: 2, created_at: '2100-01-01T00:00:00.000Z' } as unknown as SnapshotRecord;
  const { id: other, path } = await snapshots.write(next, {});
  await expect(repository.restore(other, new MemoryFileStore())).rejects.toMatchObject({ code: 'unsupported', path });
  const { snapshots: listed, unreadable } = await repository.list();
  expect([listed.map((each) => each.id), unreadable]).toEqual([[id], [{ path, error: withCode('unsupported') }]]);
  await expect(repository.prune()).rejects.toEqual(withCode('corrupt'));
});

it('makes no repository but for a backup', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  for (const action of [() => repository.list(), () => repository.verify(), () => repository.restore('latest', new MemoryFileStore())]) {
    await expect(action()).rejects.toEqual(withCode('not-found'));
  }
  expect(await readTree(files)).toEqual({});
});

it('needs a store with conditions', async () => {
  const files = new Proxy(new MemoryFileStore(), {
    get: (store, key) => (key === 'capabilities' ? { ...store.capabilities, conditions: false } : Reflect.get(store, key, store)),
  });
  await expect(new BackupRepository({ files }).create(await storeOf({ a: 'x' }))).rejects.toEqual(withCode('unsupported'));
});
