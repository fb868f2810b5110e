import { open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStore, FileStoreError, MemoryFileStore, type OpenFile } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { LocalFileStore } from '@oh/file-store-local';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { storeOf } from './file-tree.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { withCode } from './with-code.ts';

const mebibyte = 1024 * 1024;

/** A store of which only the reading of files is otherwise. */
function withOpen<T extends FileStore>(store: T, open: T['open']): T {
  return new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === 'open' ? open : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** An open file of which some is otherwise. */
function opening(file: OpenFile, otherwise: Partial<OpenFile>): OpenFile {
  const { info } = file;
  const close = () => file.close();
  return {
    info,
    stream: () => file.stream(),
    bytes: () => file.bytes(),
    text: () => file.text(),
    close,
    [Symbol.asyncDispose]: close,
    ...otherwise,
  };
}

/** Gives what a file has, with something done after the first bytes. */
async function* actingAfterFirst(file: OpenFile, act: () => Promise<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of file.stream()) {
    yield chunk;
    await (isFirst ? act() : undefined);
    isFirst = false;
  }
}

/** Backs up a local source in which something happens to one file before it is opened, or after its first bytes were read, with how often that was. */
async function createWhile(path: string, acts: { readonly before?: FileAct; readonly within: FileAct }) {
  const root = await temporaryDirectory();
  const store = new LocalFileStore({ root });
  onTestFinished(() => store.close());
  await store.write(path, Buffer.alloc(3 * mebibyte, 'a'));
  await store.write('other/x', 'x');
  let times = 0;
  const source = withOpen(store, async (opened, options) => {
    if (opened !== path) {
      return await store.open(opened, options);
    }
    times += 1;
    await acts.before?.(join(root, path), times);
    const file = await store.open(opened, options);
    const stream = () => ReadableStream.from(actingAfterFirst(file, () => acts.within(join(root, path), times)));
    return opening(file, { stream });
  });
  const repository = new BackupRepository({ files: new MemoryFileStore() });
  const created = await repository.create(source);
  const restored = new MemoryFileStore();
  expect(await repository.restore('latest', restored)).toMatchObject({ lost: [] });
  expect(await restored.read('other/x')).toBe('x');
  const contents = (await restored.exists(path)) ? (await restored.read(path)).replace(/(.)\1*/g, '$1') : undefined;
  return { created, contents, times };
}

/** @param time How often, from 1. */
type FileAct = (file: string, time: number) => Promise<unknown>;

async function overwrite(file: string, text: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(3 * mebibyte, text), 0, 3 * mebibyte, 0);
  await handle.close();
}

describe.each(['conversations/c/log', 'log'])('%s', (path) => {
  it('is read again when a program writes over it meanwhile', async () => {
    const { created, contents, times } = await createWhile(path, {
      within: async (file, time) => await (time === 1 ? overwrite(file, 'b') : undefined),
    });
    expect([contents, times]).toEqual(['b', 2]);
    expect(created).toMatchObject({ files: 2, unsettled: [], leftOut: [], vanished: 0 });
  });

  it('is told to be of different moments when a program writes over it whenever it is read', async () => {
    const { created, times } = await createWhile(path, { within: (file, time) => overwrite(file, 'abcdefg'.charAt(time)) });
    expect(created).toMatchObject({ files: 2, unsettled: [path === 'log' ? 'log' : 'conversations/c'], leftOut: [], vanished: 0 });
    expect(times).toBe(4);
  });

  it('is read again when a program cuts it short meanwhile', async () => {
    const { created, contents } = await createWhile(path, {
      within: async (file, time) => await (time === 1 ? writeFile(file, 'bbb') : undefined),
    });
    expect(contents).toBe('b');
    expect(created).toMatchObject({ files: 2, unsettled: [], leftOut: [], vanished: 0 });
  });

  it('is left out, and named, when it is cut short whenever it is read', async () => {
    const before = (file: string) => writeFile(file, Buffer.alloc(3 * mebibyte, 'a'));
    const { created, contents, times } = await createWhile(path, { before, within: (file) => truncate(file, 0) });
    expect(created).toMatchObject({ files: 1, leftOut: [{ path, reason: 'version-mismatch' }], vanished: 0 });
    expect([contents, times]).toEqual([undefined, 4]);
  });

  it('is backed up as it was when it is deleted meanwhile', async () => {
    const { created, contents } = await createWhile(path, { within: (file) => rm(file) });
    expect(contents).toBe('a');
    expect(created).toMatchObject({ files: 2, unsettled: [], leftOut: [], vanished: 0 });
  });
});

/** What a file has become when reading it fails: `hidden` is one that may not be looked at. */
type Fate = 'changed' | 'gone' | 'hidden' | 'same';

/** Backs up a source whose file gives an error when it is read. @param times How often it does. Default: always. */
async function createWithError(path: string, error: FileStoreError, fate: Fate, times = Number.POSITIVE_INFINITY) {
  const store = await storeOf({ [path]: 'a', 'other/x': 'x' });
  const shown = interceptFileStore(store, (operation, looked) => {
    if (operation === 'stat' && looked === path && fate === 'hidden') {
      throw new FileStoreError('permission-denied', 'it may not be looked at', { path });
    }
  });
  let time = 0;
  const source = withOpen(shown, async (opened, options) => {
    const file = await store.open(opened, options);
    const bytes = async () => {
      time += 1;
      if (time > times) {
        return await file.bytes();
      }
      await (fate === 'changed' ? store.write(path, `${time}`) : undefined);
      await (fate === 'gone' ? store.delete(path) : undefined);
      throw error;
    };
    return opened === path ? opening(file, { bytes }) : file;
  });
  return await new BackupRepository({ files: new MemoryFileStore() }).create(source);
}

describe.each(['c/file', 'file'])('a store that fails to give %s', (path) => {
  const busy = new FileStoreError('unavailable', 'it was replaced while it was read; read it again');
  const changed = new FileStoreError('version-mismatch', 'it has another version');
  const damaged = new FileStoreError('corrupt', 'it is damaged');

  it.each([busy, changed, damaged])('as it was replaced is asked again: $code', async (error) => {
    expect(await createWithError(path, error, 'changed', 1)).toMatchObject({ files: 2, leftOut: [], vanished: 0, unsettled: [] });
  });

  it.each([busy, changed, damaged])('as it is replaced each time makes it left out, and not gone: $code', async (error) => {
    const leftOut = [{ path, reason: 'version-mismatch' }];
    expect(await createWithError(path, error, 'changed')).toMatchObject({ files: 1, leftOut, vanished: 0 });
  });

  it.each([busy, changed, damaged])('as it was deleted has none: $code', async (error) => {
    expect(await createWithError(path, error, 'gone')).toMatchObject({ files: 1, leftOut: [], vanished: 1 });
  });

  it.each(['same', 'hidden'] as const)('for another reason makes it left out for that (%s)', async (fate) => {
    const leftOut = [{ path, reason: 'corrupt' }];
    expect(await createWithError(path, damaged, fate)).toMatchObject({ files: 1, leftOut, vanished: 0, unsettled: [] });
  });

  it.each(['same', 'hidden'] as const)('and may give it at another try ends the backup (%s)', async (fate) => {
    await expect(createWithError(path, busy, fate)).rejects.toEqual(withCode('unavailable'));
  });
});
