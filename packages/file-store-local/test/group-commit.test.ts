import { getEventListeners, once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFileStore, type FileStore } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { AppendQueue, type PendingAppend } from '../src/append-queue.ts';
import { fdatasync, fsync } from '../src/descriptors.ts';
import { LocalDriver } from '../src/local-driver.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A store whose fsyncs are counted. */
function counted(): { store: FileStore; root: string; syncs: { file: number; data: number; directory: number } } {
  const root = temporaryDirectory();
  const syncs = { file: 0, data: 0, directory: 0 };
  const driver = new LocalDriver(
    { root },
    {
      file: async (fd) => {
        syncs.file += 1;
        await fsync(fd);
      },
      data: async (fd) => {
        syncs.data += 1;
        await fdatasync(fd);
      },
      directory: async (fd) => {
        syncs.directory += 1;
        await fsync(fd);
      },
      isLocal: () => true,
    },
  );
  return { store: createFileStore(driver), root, syncs };
}

function settleAll(path: string, batch: readonly PendingAppend[]): void {
  for (const append of batch) {
    append.settle({ info: { path, size: 0, version: '', modifiedAt: new Date(0) } });
  }
}

const lines = Array.from({ length: 64 }, (_, i) => `line ${i}\n`);

it('makes concurrent appends in their order, with few fsyncs, and tells each its size', async () => {
  const { store, syncs } = counted();
  await store.append('log', 'begin\n');
  Object.assign(syncs, { file: 0, data: 0, directory: 0 });
  const infos = await Promise.all(lines.map((line) => store.append('log', line)));
  expect(await store.read('log')).toBe(`begin\n${lines.join('')}`);
  expect(syncs.data).toBe(1);
  let size = 6;
  expect(infos.map((info) => info.size)).toEqual(lines.map((line) => (size += line.length)));
  expect(new Set(infos.map((info) => info.version)).size).toBe(64);
  expect(infos.at(-1)).toEqual(await store.stat('log'));
});

it('waits a moment for callers who were just answered, so that their next appends go together', async () => {
  const batches: number[] = [];
  const queue = new AppendQueue(async (path, batch) => {
    batches.push(batch.length);
    await nextTurn();
    settleAll(path, batch);
  });
  const append = async (microtasks: number): Promise<void> => {
    for (let i = 0; i < 3; i += 1) {
      await queue.add('log', new Uint8Array(1), {});
      // What lies between the queue and the caller takes some microtasks, more for one than for another.
      for (let left = microtasks; left > 0; left -= 1) {
        await undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, i) => append(i)));
  expect(batches).toEqual([8, 8, 8]);
});

it('waits for a caller who was answered while another one waited', async () => {
  const batches: number[] = [];
  let second: Promise<unknown> | undefined;
  const appendTwice = async (): Promise<void> => {
    await queue.add('log', new Uint8Array(1), {});
    for (let left = 20; left > 0; left -= 1) {
      await undefined;
    }
    await queue.add('log', new Uint8Array(1), {});
  };
  const queue = new AppendQueue(async (path, batch) => {
    batches.push(batch.length);
    second ??= appendTwice();
    await nextTurn();
    settleAll(path, batch);
  });
  await appendTwice();
  await second;
  expect(batches).toEqual([1, 2, 1]);
});

it('lets a single caller go on at once', async () => {
  const queue = new AppendQueue(async (path, batch) => settleAll(path, batch));
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  for (let i = 0; i < 10; i += 1) {
    await queue.add('log', new Uint8Array(1), {});
  }
  expect(hasTurned).toBe(false);
});

it('makes a name durable once, and again when somebody else put a file there', async () => {
  const { store, root, syncs } = counted();
  await store.append('log', 'one');
  Object.assign(syncs, { file: 0, data: 0, directory: 0 });
  await store.append('log', 'two');
  expect(syncs).toEqual({ file: 0, data: 1, directory: 0 });
  appendFileSync(join(root, 'log'), 'more');
  await store.append('log', 'two');
  expect(syncs).toEqual({ file: 0, data: 2, directory: 0 });
  writeFileSync(join(root, 'anew'), 'anew');
  renameSync(join(root, 'anew'), join(root, 'log'));
  await store.append('log', 'three');
  expect(syncs).toEqual({ file: 0, data: 3, directory: 1 });
  await store.append('other', 'one');
  expect(syncs).toEqual({ file: 1, data: 3, directory: 2 });
});

it('makes a name durable with the next append when that failed', async () => {
  const root = temporaryDirectory();
  const [directory, moved] = [join(root, 'directory'), join(root, 'moved')];
  let isInTheWay = true;
  let directorySyncs = 0;
  const driver = new LocalDriver(
    { root },
    {
      file: async (fd) => {
        await fsync(fd);
        if (isInTheWay) {
          renameSync(directory, moved);
          symlinkSync(moved, directory);
        }
      },
      directory: async (fd, path) => {
        directorySyncs += path === directory ? 1 : 0;
        await fsync(fd);
      },
    },
  );
  await using store = createFileStore(driver);
  await expect(store.append('directory/log', 'one')).rejects.toMatchObject({ code: 'permission-denied' });
  isInTheWay = false;
  unlinkSync(directory);
  renameSync(moved, directory);
  expect(directorySyncs).toBe(0);
  await store.append('directory/log', 'two');
  expect(directorySyncs).toBe(1);
  expect(await store.read('directory/log')).toBe('onetwo');
});

it('decides each condition by what the appends before make of the file', async () => {
  const { store } = counted();
  await store.append('busy', 'x');
  const results = await Promise.allSettled([
    store.append('log', 'a', { ifAbsent: true }),
    store.append('log', 'b', { ifAbsent: true }),
    store.append('log', 'c', { ifSize: 1 }),
    store.append('log', 'd', { ifSize: 1 }),
    store.append('log', 'e', { ifSize: 2 }),
    store.append('log', 'f', { ifVersion: 'other' }),
  ]);
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value.size : result.reason.code))).toEqual([
    1,
    'already-exists',
    2,
    'version-mismatch',
    3,
    'version-mismatch',
  ]);
  expect(await store.read('log')).toBe('ace');
});

it('gives up an append that waits, and not the others, with the reason of its signal', async () => {
  const { store } = counted();
  const controller = new AbortController();
  const reason = new Error('not any more');
  const first = store.append('log', 'first,');
  const aborted = store.append('log', 'aborted,', { signal: controller.signal });
  const last = store.append('log', 'last');
  setImmediate(() => controller.abort(reason));
  await expect(aborted).rejects.toBe(reason);
  await Promise.all([first, last]);
  expect(await store.read('log')).toBe('first,last');
});

it('waits for an append that was given up when it is closed, and leaves nothing behind', async () => {
  const root = temporaryDirectory();
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const driver = new LocalDriver(
    { root },
    {
      directory: async (fd) => {
        reached.resolve();
        await gate.promise;
        await fsync(fd);
      },
    },
  );
  const store = createFileStore(driver);
  const controller = new AbortController();
  const appending = store.append('log', 'x', { signal: controller.signal });
  await reached.promise;
  controller.abort();
  await expect(appending).rejects.toMatchObject({ name: 'AbortError' });
  const order: string[] = [];
  const closing = store.close().then(() => order.push('closed'));
  for (let turn = 0; turn < 20; turn += 1) {
    await nextTurn();
  }
  order.push('still under way');
  gate.resolve();
  await closing;
  expect(order).toEqual(['still under way', 'closed']);
  expect(readdirSync(root)).toEqual([]);
});

it('stops listening to the signals of appends that are made', async () => {
  const { store } = counted();
  const { signal } = new AbortController();
  await Promise.all(['one,', 'two,', 'three'].map((text) => store.append('log', text, { signal })));
  // The commit of the last one ends in the same turn as its caller goes on.
  await nextTurn();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const failing = new AppendQueue(async () => {
    throw new Error('no space');
  });
  await expect(failing.add('log', new Uint8Array(1), { signal })).rejects.toThrow('no space');
  await nextTurn();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('makes no append that is given up before it comes', async () => {
  const decided: boolean[] = [];
  const queue = new AppendQueue(async (path, batch) => {
    decided.push(...batch.map((append) => append.decide()));
    settleAll(path, batch);
  });
  const reason = new Error('stop');
  const given = queue.add('log', new Uint8Array(1), { signal: AbortSignal.abort(reason) });
  const other = queue.add('log', new Uint8Array(1), {});
  await expect(given).rejects.toBe(reason);
  await other;
  expect(decided).toEqual([false, true]);
});

it('stops a commit when the last of its appends is given up', async () => {
  const controllers = [new AbortController(), new AbortController()];
  const stopped: boolean[] = [];
  const queue = new AppendQueue(async (_path, batch, signal) => {
    if (signal?.aborted === false) {
      await once(signal, 'abort');
    }
    stopped.push(signal?.aborted === true && batch.every((append) => !append.decide()));
    throw signal?.reason;
  });
  const waiting = controllers.map((controller) => queue.add('log', new Uint8Array(1), { signal: controller.signal }));
  const settled = Promise.allSettled(waiting);
  await nextTurn();
  controllers[0]?.abort(new Error('one'));
  controllers[1]?.abort(new Error('two'));
  expect(await settled).toMatchObject([{ reason: { message: 'one' } }, { reason: { message: 'two' } }]);
  await expect.poll(() => stopped).toEqual([true]);
});

it('tells everybody of a batch when it fails, and goes on with the next', async () => {
  const batches: number[] = [];
  const queue = new AppendQueue(async (path, batch) => {
    batches.push(batch.length);
    if (batches.length === 2) {
      throw new Error('no space');
    }
    for (const append of batch) {
      append.decide();
      append.settle({ info: { path, size: 0, version: '', modifiedAt: new Date(0) } });
    }
  });
  const add = (bytes: number): Promise<unknown> => queue.add('log', new Uint8Array(bytes), {});
  const results = await Promise.allSettled([add(3_000_000), add(1), add(3_000_000), add(1), add(5_000_000)]);
  expect(batches).toEqual([2, 2, 1]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
});

it('leaves no file when the first append fails, and the old one when a later does', async () => {
  const { store, root } = counted();
  await expect(store.append('file', 'x', { ifSize: 3 })).rejects.toMatchObject({ code: 'version-mismatch' });
  expect(existsSync(join(root, 'file'))).toBe(false);
  await store.append('file', 'x');
  await expect(store.append('file', 'x', { ifSize: 3 })).rejects.toMatchObject({ code: 'version-mismatch' });
  expect(readFileSync(join(root, 'file'), 'utf8')).toBe('x');
});
