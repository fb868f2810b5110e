import { FileEventStore } from '@oh/event-store';
import { MemoryFileStore } from '@oh/file-store-core';
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
