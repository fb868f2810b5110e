import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  createFileStore,
  type FileStoreCapabilities,
  FileStoreError,
  type FileStoreOperation,
  MemoryFileStore,
  operationChannelName,
} from '../src/index.ts';
import { describeFileStore } from '../src/testing/index.ts';
import { minimalDriver } from './minimal-driver.ts';

const everything: FileStoreCapabilities = {
  conditions: true,
  append: true,
  metadata: true,
  fileBesideDirectory: true,
  maxFileBytes: Number.POSITIVE_INFINITY,
};

describeFileStore('a driver with the required primitives only', {
  open: () => createFileStore(minimalDriver({})),
  capabilities: everything,
});

const nothing = { conditions: false, append: false, metadata: false };
describeFileStore('a driver without conditions, append and metadata', {
  open: () => createFileStore(minimalDriver(nothing)),
  capabilities: { ...everything, ...nothing },
});

it('makes anything a driver throws a FileStoreError, and keeps it as the cause', async () => {
  const failure = new Error('disk on fire');
  const store = createFileStore({
    ...minimalDriver({}),
    stat: () => {
      throw failure;
    },
    read: async () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    },
  });
  await expect(store.stat('a')).rejects.toMatchObject({
    code: 'unknown',
    path: 'a',
    cause: failure,
    message: '[unknown] "a": disk on fire',
  });
  await expect(store.exists('a')).rejects.toMatchObject({ code: 'unknown' });
  await expect(store.read('a')).rejects.toMatchObject({ code: 'unknown' });
});

it('refuses a file over maxFileBytes, from memory before any I/O and from a stream when it is reached', async () => {
  const store = createFileStore(minimalDriver({ maxFileBytes: 10 }));
  await store.write('a', '0123456789');
  await expect(store.write('a', '0123456789x')).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(store.write('a', new Blob(['012345', '67890']).stream())).rejects.toMatchObject({ code: 'invalid-argument', path: 'a' });
  expect(await store.read('a')).toBe('0123456789');
});

it('keeps a file that was written anew while it was being moved', async () => {
  const driver = minimalDriver({});
  const store = createFileStore({
    ...driver,
    write: async (path, contents, options) => {
      const info = await driver.write(path, contents, options);
      await driver.write('from', Buffer.from('anew'), {});
      return info;
    },
  });
  await driver.write('from', Buffer.from('old'), {});
  await store.move('from', 'to');
  expect(await store.read('to')).toBe('old');
  expect(await store.read('from')).toBe('anew');
});

it('cancels a stream that it does not begin to read, as one that it stops reading', async () => {
  const store = new MemoryFileStore();
  await store.write('file', 'x');
  let cancelled = 0;
  const stream = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      cancel: () => {
        cancelled += 1;
      },
    });
  await expect(store.write('file', stream(), { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  expect(cancelled).toBe(1);
  await expect(store.write('new', stream(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  expect(cancelled).toBe(2);
  await store.close();
  await expect(store.append('new', stream())).rejects.toMatchObject({ code: 'closed' });
  expect(cancelled).toBe(3);
});

it('tells of a stream of Node that fails before a driver reads it, and goes on', async () => {
  const driver = minimalDriver({});
  const store = createFileStore({
    ...driver,
    write: async (path, contents, options) => {
      await nextTurn();
      await nextTurn();
      return await driver.write(path, contents, options);
    },
  });
  const failure = new Error('mine');
  const failing = (): Readable => new PassThrough().destroy(failure);
  // Where nobody listened it would be an uncaught error, which fails the test.
  await expect(store.write('file', failing())).rejects.toBe(failure);
  await expect(store.write('../file', failing())).rejects.toMatchObject({ code: 'invalid-path' });
  await expect(store.write('file', failing(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  await nextTurn();
});

it('fails as a stream of its caller does, whatever that throws, and publishes that it has failed', async () => {
  const codes: unknown[] = [];
  const onOperation = (message: unknown): void => void codes.push((message as FileStoreOperation).errorCode);
  subscribe(operationChannelName, onOperation);
  const store = new MemoryFileStore();
  for (const thrown of [undefined, null, 'text']) {
    const failing = new ReadableStream<Uint8Array>({
      pull: () => {
        throw thrown;
      },
    });
    await expect(store.write('file', failing)).rejects.toBe(thrown);
  }
  unsubscribe(operationChannelName, onOperation);
  expect(codes).toEqual(['aborted', 'aborted', 'aborted']);
});

it('lets go of a stream of Node, and of one that is refused for its path or its options, as well', async () => {
  const store = new MemoryFileStore();
  await store.write('file', 'x');
  const streams = Array.from({ length: 4 }, () => Readable.from(['y']));
  const [existing, misplaced, misused, added] = streams as [Readable, Readable, Readable, Readable];
  await expect(store.write('file', existing, { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  await expect(store.write('../file', misplaced)).rejects.toMatchObject({ code: 'invalid-path' });
  await expect(store.write('file', misused, { ifVersion: '' })).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(store.append('', added)).rejects.toMatchObject({ code: 'invalid-path' });
  expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
});

it('lets go of the source of a copy that fails', async () => {
  let returned = 0;
  const driver = minimalDriver({});
  await driver.write('from', Buffer.from('x'), {});
  const store = createFileStore({
    ...driver,
    read: async (path, options) => {
      const { info, body } = await driver.read(path, options);
      const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      const tracked = {
        next: () => iterator.next(),
        return: async () => {
          returned += 1;
          return { done: true as const, value: undefined };
        },
      };
      return { info, body: { [Symbol.asyncIterator]: () => tracked } };
    },
    write: async () => {
      throw new FileStoreError('no-space', 'full');
    },
  });
  await expect(store.copy('from', 'to')).rejects.toMatchObject({ code: 'no-space' });
  expect(returned).toBe(1);
});

it('refuses delete with ifVersion before any I/O where the driver has no condition for it, and moves without', async () => {
  const driver = minimalDriver({ conditionalDelete: false });
  const deletions: unknown[] = [];
  const store = createFileStore({
    ...driver,
    delete: async (path, options) => {
      deletions.push(options.ifVersion);
      await driver.delete(path, options);
    },
  });
  const { version } = await store.write('file', 'x');
  await expect(store.delete('file', { ifVersion: version })).rejects.toMatchObject({ code: 'unsupported', path: 'file' });
  expect(deletions).toEqual([]);
  await store.move('file', 'moved');
  expect(deletions).toEqual([undefined]);
  expect(await store.list()).toEqual(['moved']);
});

it('moves a file without a conditional delete only when it is alone, and leaves what was written in its place', async () => {
  const driver = minimalDriver({ conditionalDelete: false });
  const isRefused = { code: 'unsupported', path: 'file' };
  const store = createFileStore({
    ...driver,
    write: async (path, contents, options) => {
      const info = await driver.write(path, contents, options);
      if (path === 'moved') {
        await driver.write('file', Buffer.from('new'), {});
      }
      return info;
    },
  });
  await store.write('file', 'old');
  await expect(store.move('file', 'file/moved')).rejects.toMatchObject(isRefused);
  await store.write('file/below', 'kept');
  await expect(store.move('file', 'moved')).rejects.toMatchObject(isRefused);
  expect(await Array.fromAsync(store.entries('', { recursive: true }), ({ path }) => path)).toEqual(['file', 'file/below']);
  await store.delete('file');
  await store.write('file', 'old');
  await store.move('file', 'moved');
  expect([await store.read('file'), await store.read('moved')]).toEqual(['new', 'old']);
});

it('waits with closing for the page of a listing and for a watch that the driver is asked for, and asks for nothing after', async () => {
  const events: string[] = [];
  const answer = Promise.withResolvers<void>();
  const store = createFileStore({
    ...minimalDriver({}),
    async *entries() {
      for (const path of ['a/', 'b/', 'c/']) {
        events.push(path);
        yield { kind: 'directory', path };
        await answer.promise;
      }
    },
    watch: async () => {
      await answer.promise;
      return { [Symbol.dispose]: () => void events.push('watch ended') };
    },
    close: async () => void events.push('closed'),
  });
  const [open, asked] = [store.entries()[Symbol.asyncIterator](), store.entries()[Symbol.asyncIterator]()];
  await Promise.all([open.next(), asked.next()]);
  const next = asked.next();
  const watching = store.watch?.('file', () => undefined);
  const closing = store.close();
  answer.resolve();
  await expect(next).rejects.toMatchObject({ code: 'closed' });
  await Promise.all([watching, closing]);
  await expect(open.next()).rejects.toMatchObject({ code: 'closed' });
  expect(events).toEqual(['a/', 'a/', 'b/', 'watch ended', 'closed']);
});

it('closes the driver once, when what runs has ended and what is open was let go of', async () => {
  const events: string[] = [];
  const driver = minimalDriver({});
  const writing = Promise.withResolvers<void>();
  const store = createFileStore({
    ...driver,
    write: async (path, contents, options) => {
      await writing.promise;
      events.push('written');
      return await driver.write(path, contents, options);
    },
    read: async (path, options) => {
      const { info } = await driver.read(path, options);
      const iterator = {
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          events.push('let go');
          return { done: true as const, value: undefined };
        },
      };
      return { info, body: { [Symbol.asyncIterator]: () => iterator } };
    },
    close: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      events.push('closed');
    },
  });
  await driver.write('open', Buffer.from('x'), {});
  const opened = await store.open('open');
  const running = store.write('file', 'x');
  const closing = Promise.all([store.close(), store.close()]);
  writing.resolve();
  await closing;
  await running;
  expect(events).toEqual(['written', 'let go', 'closed']);
  await expect(opened.text()).rejects.toMatchObject({ code: 'closed' });
});

it('hands a driver the metadata of the moment of the call, however long it waits', async () => {
  const whole = minimalDriver({});
  const called = Promise.withResolvers<void>();
  const store = createFileStore({
    ...whole,
    write: async (path, contents, options) => {
      await called.promise;
      return await whole.write(path, contents, options);
    },
  });
  const metadata: Record<string, string> = { author: 'Zoë' };
  const writing = store.write('file', 'x', { metadata });
  metadata['author'] = 'somebody else';
  called.resolve();
  expect((await writing).metadata).toEqual({ author: 'Zoë' });
});
