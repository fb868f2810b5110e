import { open as openFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FileEventStore } from '@oh/event-store';
import { MemoryFileStore, type OpenFile } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { storeOf } from './file-tree.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { withCode } from './with-code.ts';

it('leaves out and counts what is gone before it is read', async () => {
  const source = await storeOf({ 'conversations/a/1': 'x', 'conversations/b/1': 'y', root: 'z' });
  const moving = interceptFileStore(source, async (operation, path) => {
    if (operation === 'open' && path === 'conversations/a/1') {
      await source.delete(path);
    }
  });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  expect(await repository.create(moving)).toMatchObject({ files: 2, vanished: 1, unsettled: [], leftOut: [] });
});

it('makes no snapshot of a source that has become empty, unless that is meant', async () => {
  const source = await storeOf({ 'conversations/a/1': 'x', root: 'z' });
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  const empty = new MemoryFileStore();
  expect(await repository.create(empty, { name: 'new' })).toMatchObject({ files: 0 });
  await repository.create(source);
  await expect(repository.create(empty)).rejects.toMatchObject({
    code: 'unavailable',
    retryable: false,
    reason: expect.stringContaining('files: 2'),
  });
  await source.write('conversations/a/1', 'xx');
  await source.write('root', 'zz');
  const going = interceptFileStore(source, async (operation) => {
    if (operation === 'open') {
      await source.delete('conversations');
      await source.delete('root');
    }
  });
  await repository.create(await storeOf({ other: 'y' }), { name: 'other' });
  await expect(repository.create(going)).rejects.toMatchObject({ code: 'unavailable' });
  expect((await repository.list()).snapshots).toHaveLength(3);
  expect(await repository.create(empty, { allowEmpty: true })).toMatchObject({ files: 0 });
});

it('gives the files of a directory as they were at one moment', async () => {
  // Whoever changes both writes `first` before `second`: at no moment is `second` ahead.
  const source = await storeOf({ 'conversations/c/first': '0', 'conversations/c/second': '0' });
  let [steps, lastAt] = [0, 0];
  const moving = interceptFileStore(source, async (operation) => {
    if (operation === 'open' && steps < 5) {
      steps += 1;
      lastAt = steps;
      await source.write('conversations/c/first', `${steps}`);
      await source.write('conversations/c/second', `${steps}`);
    }
  });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  expect(await repository.create(moving)).toMatchObject({ unsettled: [] });
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect([await target.read('conversations/c/first'), await target.read('conversations/c/second')]).toEqual([`${lastAt}`, `${lastAt}`]);
});

it('says which directories never stood still', async () => {
  const source = await storeOf({ 'conversations/c/log': '', 'conversations/still/log': '' });
  const moving = interceptFileStore(source, async (operation, path) => {
    if (operation === 'entries' || path === 'conversations/c/log') {
      await source.append('conversations/c/log', 'line\n');
    }
  });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  expect(await repository.create(moving)).toMatchObject({ files: 2, unsettled: ['conversations/c'] });
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect(await target.read('conversations/c/log')).toMatch(/^(line\n)+$/);
});

it.each([
  ['in a directory', 'conversations/c/state.json'],
  ['at the root', 'state.json'],
])('reads a small file again that a program has written into while it was read, %s', async (_, path) => {
  const root = await temporaryDirectory();
  await using source = new LocalFileStore({ root });
  await source.write(path, 'a'.repeat(1_000_000));
  await utimes(join(root, path), 0, 0);
  const { open } = source;
  let isFirst = true;
  source.open = async (...opened) => {
    const file = await open.apply(source, opened);
    const bytes = async (): Promise<Uint8Array> => {
      const isWritten = isFirst;
      isFirst = false;
      if (!isWritten) {
        return await file.bytes();
      }
      await using handle = await openFile(join(root, path), 'r+');
      await handle.write('b'.repeat(500_000), 0);
      const mixture = await file.bytes();
      await handle.write('b'.repeat(500_000), 500_000);
      return mixture;
    };
    return { info: file.info, bytes, text: () => file.text(), stream: () => file.stream(), close: () => file.close() } as OpenFile;
  };
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  expect(await repository.create(source)).toMatchObject({ files: 1, unsettled: [] });
  const target = new MemoryFileStore();
  await repository.restore('latest', target);
  expect([...new Set(await target.read(path))]).toEqual(['b']);
});

it('asks a source whose files are replaced as a whole for nothing more than each small file', async () => {
  const source = await storeOf({ 'conversations/a/1': 'x', root: 'z' });
  const asked: string[] = [];
  const counting = interceptFileStore(source, async (operation) => {
    asked.push(operation);
  });
  Object.defineProperty(counting, 'capabilities', { value: { ...source.capabilities, append: false } });
  await new BackupRepository({ files: new MemoryFileStore() }).create(counting);
  expect(asked.filter((operation) => operation !== 'entries')).toEqual(['open', 'open']);
});

it('gives an event log that is written to without a break as it was at some moment', { timeout: 120_000 }, async () => {
  const files = new LocalFileStore({ root: await temporaryDirectory(), durability: 'atomic' });
  const logs = ['c1', 'c2', 'c3'].map((conversationId) => new FileEventStore({ files, conversationId }));
  const stop = new AbortController();
  const writers = logs.map(async (log) => {
    for (let message = 0; !stop.signal.aborted; message += 1) {
      await log.append({ source: 'agent', message: `${message}` });
    }
  });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  try {
    for (let round = 0; round < 5; round += 1) {
      await repository.create(files);
      const target = new MemoryFileStore();
      await repository.restore('latest', target);
      for (const conversationId of ['c1', 'c2', 'c3']) {
        const restored = new FileEventStore({ files: target, conversationId });
        let expected = 0;
        for await (const event of restored.search()) {
          expect([event.id, event['message']]).toEqual([expected, `${expected}`]);
          expected += 1;
        }
      }
    }
  } finally {
    stop.abort();
    await Promise.all(writers);
    await files.close();
  }
});

it('leaves out and names what cannot be read, and fails for what may be read later', async () => {
  const source = await storeOf({ a: 'x', b: 'y', c: 'z' });
  const fault = { operations: ['open'] as const, match: (path: string) => path === 'b' };
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const denied = createFaultyFileStore(source, { faults: [{ ...fault, code: 'permission-denied' }] });
  expect(await repository.create(denied)).toMatchObject({ files: 2, leftOut: [{ path: 'b', reason: 'permission-denied' }] });
  const away = createFaultyFileStore(source, { faults: [{ ...fault, code: 'unavailable' }] });
  await expect(repository.create(away)).rejects.toEqual(withCode('unavailable'));
  expect((await repository.list()).snapshots).toHaveLength(1);
});

it('does not take a failure of the repository for one of a file', async () => {
  const source = await storeOf({ a: 'x' });
  for (const code of ['permission-denied', 'no-space', 'not-found'] as const) {
    const files = createFaultyFileStore(new MemoryFileStore(), {
      faults: [{ operations: ['write'], match: (path) => path.startsWith('packs/'), code }],
    });
    await expect(new BackupRepository({ files }).create(source)).rejects.toEqual(withCode(code));
  }
});
