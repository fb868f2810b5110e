import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createFileStore, FileStoreError } from '../src/index.ts';
import { MemoryDriver } from '../src/memory-driver.ts';
import { inChunks, minimalDriver } from './minimal-driver.ts';

it('says of a file that fits into no memory that it does not', async () => {
  const driver = minimalDriver({});
  const size = 2 ** 52;
  const store = createFileStore({
    ...driver,
    read: async (path) => ({
      info: { path, size, version: '1', modifiedAt: new Date() },
      body: inChunks(new Uint8Array()),
      readAll: async () => new Uint8Array(size),
    }),
  });
  await expect(store.readBytes('huge')).rejects.toMatchObject({
    code: 'unsupported',
    path: 'huge',
    message: expect.stringContaining(`has ${size} bytes, more than memory can hold`),
  });
});

it('says of a file that fits into no string that it does not, if nobody has begun to read it', async () => {
  const driver = minimalDriver({});
  const store = createFileStore({
    ...driver,
    read: async (path, options) => {
      const { info, body } = await driver.read(path, options);
      return { info: { ...info, size: 2 ** 52 }, body };
    },
  });
  await store.write('huge', 'x');
  const opened = await store.open('huge');
  const reader = opened.stream().getReader();
  await expect(opened.text()).rejects.toThrow('read once');
  expect(await reader.read()).toMatchObject({ done: false, value: { byteLength: 1 } });
  await reader.cancel();
  await expect(store.read('huge')).rejects.toMatchObject({ code: 'unsupported', path: 'huge' });
});

it('rejects with the reason of its signal, also where that is a RangeError', async () => {
  const driver = minimalDriver({});
  const store = createFileStore({
    ...driver,
    read: async (path, options) => ({ ...(await driver.read(path, options)), readAll: () => new Promise<never>(() => undefined) }),
  });
  await store.write('file', 'x');
  const controller = new AbortController();
  const opened = await store.open('file', { signal: controller.signal });
  const reading = opened.bytes();
  const reason = new RangeError('enough');
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
});

it('reads a body all at once where the driver can, and ends its iteration each time', async () => {
  const calls: string[] = [];
  const memory = minimalDriver({});
  let readAll = async (): Promise<Uint8Array> => new Uint8Array([1, 2, 3]);
  const store = createFileStore({
    ...memory,
    read: async (path, options) => {
      const { info } = await memory.read(path, options);
      const body = {
        next: async () => ({ done: true, value: undefined }) as const,
        return: async () => {
          calls.push('return');
          return { done: true, value: undefined } as const;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
      return { info, body, readAll: () => readAll() };
    },
  });
  await store.write('file', 'abc');
  expect(await store.readBytes('file')).toEqual(new Uint8Array([1, 2, 3]));
  expect(calls.splice(0)).toEqual(['return']);
  readAll = async () => {
    throw new FileStoreError('corrupt', 'damaged');
  };
  await expect(store.readBytes('file')).rejects.toMatchObject({ code: 'corrupt' });
  expect(calls.splice(0)).toEqual(['return']);
  readAll = () => new Promise(() => undefined);
  const controller = new AbortController();
  const reading = store.readBytes('file', { signal: controller.signal });
  controller.abort();
  await expect(reading).rejects.toBe(controller.signal.reason);
  expect(calls.splice(0)).toEqual(['return']);
  const closed = await store.open('file');
  readAll = async () => {
    await closed.close();
    return new Uint8Array();
  };
  await expect(closed.bytes()).rejects.toMatchObject({ code: 'closed' });
});

it('has let go of what a read held when that fails', async () => {
  const memory = minimalDriver({});
  let isHeld = true;
  const store = createFileStore({
    ...memory,
    read: async (path, options) => {
      const { info } = await memory.read(path, options);
      const body = {
        next: async () => {
          throw new FileStoreError('unavailable', 'the connection broke');
        },
        return: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          isHeld = false;
          return { done: true, value: undefined } as const;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
      return { info, body };
    },
  });
  await store.write('file', 'abc');
  await expect(store.read('file')).rejects.toMatchObject({ code: 'unavailable' });
  expect(isHeld).toBe(false);
});

it.each([
  ['streams', minimalDriver({})],
  ['bytes', new MemoryDriver(Number.POSITIVE_INFINITY, () => new Date())],
] as const)('keeps nothing of files that were read, left early or closed, where the driver gives %s', async (_, driver) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const given: WeakRef<object>[] = [];
  const store = createFileStore({
    capabilities: driver.capabilities,
    write: (path, contents, options) => driver.write(path, contents, options),
    read: async (path, options) => {
      const { info, body } = await driver.read(path, options);
      const file = { info: { ...info }, body };
      given.push(new WeakRef(file.info));
      return file;
    },
    stat: (path, options) => driver.stat(path, options),
    entries: (path, options) => driver.entries(path, options),
    delete: (path, options) => driver.delete(path, options),
  });
  await store.write('file', 'x'.repeat(200_000));
  await store.readBytes('file');
  await (await store.readStream('file')).cancel();
  await (await store.open('file')).close();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(given.map((info) => info.deref())).toEqual([undefined, undefined, undefined]);
});

it('lets go of an open file at the end of its block', async () => {
  const store = createFileStore(minimalDriver({}));
  await store.write('file', 'x');
  const opened = await store.open('file');
  {
    await using file = opened;
    expect(file.info.size).toBe(1);
  }
  await expect(opened.text()).rejects.toMatchObject({ code: 'closed' });
});
