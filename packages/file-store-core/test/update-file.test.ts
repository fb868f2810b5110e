import { expect, it, vi } from 'vitest';
import { type AbortOptions, FileStoreError, MemoryFileStore, updateFile } from '../src/index.ts';
import { interceptFileStore } from '../src/testing/index.ts';

it('creates, changes, and writes nothing when nothing changes', async () => {
  const store = new MemoryFileStore();
  const created = await updateFile(store, 'file', (current) => `${current ?? 'missing'}!`);
  expect(await store.read('file')).toBe('missing!');
  const same = await updateFile(store, 'file', (current) => current ?? '');
  expect(same.version).toBe(created.version);
  await updateFile(store, 'file', async (current) => `${current}!`);
  expect(await store.read('file')).toBe('missing!!');
});

it('keeps content type and metadata', async () => {
  const store = new MemoryFileStore();
  await store.write('file', '1', { contentType: 'text/plain', metadata: { a: 'b' } });
  await updateFile(store, 'file', () => '2');
  expect(await store.stat('file')).toMatchObject({ contentType: 'text/plain', metadata: { a: 'b' } });
});

it('gives up after maxAttempts lost races and says so', async () => {
  const store = new MemoryFileStore();
  await store.write('file', '0');
  let calls = 0;
  const updating = updateFile(
    store,
    'file',
    async (current) => {
      calls += 1;
      await store.write('file', `other ${calls}`);
      return `${current}!`;
    },
    { maxAttempts: 3 },
  );
  await expect(updating).rejects.toMatchObject({ code: 'version-mismatch' });
  expect(calls).toBe(3);
  expect(await store.read('file')).toBe('other 3');
});

it('goes on while others win hundreds of races', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const store = new MemoryFileStore();
  let races = 0;
  await updateFile(store, 'file', async (current) => {
    races += 1;
    if (races <= 300) {
      await store.write('file', `other ${races}`);
    }
    return `${current}!`;
  });
  vi.restoreAllMocks();
  expect(await store.read('file')).toBe('other 300!');
});

it('hands on what the update throws, even an error that looks like a lost race, and calls it once', async () => {
  const store = new MemoryFileStore();
  let calls = 0;
  const failing = updateFile(store, 'file', () => {
    calls += 1;
    throw new FileStoreError('version-mismatch', 'of something else');
  });
  await expect(failing).rejects.toThrow('of something else');
  expect(calls).toBe(1);
});

it('never takes a failure to read for a missing file', async () => {
  const store = new MemoryFileStore();
  await store.write('file', new Uint8Array([0xff]));
  await expect(updateFile(store, 'file', () => 'overwritten')).rejects.toMatchObject({ code: 'corrupt' });
  expect([...(await store.readBytes('file'))]).toEqual([0xff]);
});

it('hands the signal to what it asks of the store', async () => {
  const { signal } = new AbortController();
  const asked: string[] = [];
  const store = interceptFileStore(new MemoryFileStore(), (operation, _path, options) => {
    asked.push(operation);
    expect((options as AbortOptions).signal, operation).toBe(signal);
  });
  await updateFile(store, 'file', () => '1', { signal });
  await updateFile(store, 'file', () => '2', { signal });
  expect(asked).toEqual(['open', 'write', 'open', 'write']);
});

it('does not go on after an abort, which ends the pause before another attempt', async () => {
  const store = new MemoryFileStore();
  await store.write('file', '0');
  const controller = new AbortController();
  const reason = new Error('enough');
  const losing = interceptFileStore(store, (operation) => {
    if (operation === 'write') {
      queueMicrotask(() => controller.abort(reason));
      throw new FileStoreError('version-mismatch', 'others were faster');
    }
  });
  let calls = 0;
  const update = (): string => {
    calls += 1;
    return 'mine';
  };
  await expect(updateFile(losing, 'file', update, { signal: controller.signal })).rejects.toBe(reason);
  expect(calls).toBe(1);
  expect(await store.read('file')).toBe('0');
});

it('refuses a maxAttempts that is none', async () => {
  await expect(updateFile(new MemoryFileStore(), 'file', () => '', { maxAttempts: 0 })).rejects.toThrow(RangeError);
});
