import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createFileStore, type FileInfo, type FileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { fsync } from '../src/descriptors.ts';
import { FlushNotBegun } from '../src/flush-not-begun.ts';
import { LocalFileStore } from '../src/index.ts';
import { LocalDriver } from '../src/local-driver.ts';
import { type FileWrite, writeAll } from '../src/write-all.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A store whose flushes are watched, with files that would be written to it. */
interface Watched {
  readonly store: FileStore;
  readonly root: string;
  /** How often a file was fsynced by itself. */
  readonly syncs: () => number;
  /** How often a directory was. */
  readonly directorySyncs: () => number;
  readonly flushes: () => number;
  /** How many of what flushes are open. */
  readonly flushers: () => number;
  writeAll(writes: readonly FileWrite[], signal?: AbortSignal): Promise<PromiseSettledResult<FileInfo>[]>;
}

function watched(onFlush: (() => void | Promise<void>) | undefined, durability: 'durable' | 'atomic' = 'durable'): Watched {
  const root = temporaryDirectory();
  let [syncs, directorySyncs, flushes, flushers] = [0, 0, 0, 0];
  const driver = new LocalDriver(
    { root, durability },
    {
      file: async (fd) => {
        syncs += 1;
        await fsync(fd);
      },
      directory: async (fd) => {
        directorySyncs += 1;
        await fsync(fd);
      },
      openFlusher: async () => {
        flushers += 1;
        return (
          onFlush && {
            flush: async () => {
              flushes += 1;
              await onFlush();
            },
            close: async () => {
              flushers -= 1;
            },
          }
        );
      },
    },
  );
  const store = createFileStore(driver);
  return {
    store,
    root,
    syncs: () => syncs,
    directorySyncs: () => directorySyncs,
    flushes: () => flushes,
    flushers: () => flushers,
    writeAll: async (writes, signal) => await writeAll(store, driver, writes, { signal }),
  };
}

const count = 100;

const files = (contents = 'new'): FileWrite[] =>
  Array.from({ length: count }, (_, index) => ({ path: `d${index % 3}/f${index}`, contents: `${contents} ${index}` }));

/** How many files have their names. */
const visibleIn = (root: string): number =>
  ['d0', 'd1', 'd2'].reduce((sum, name) => sum + (existsSync(join(root, name)) ? readdirSync(join(root, name)).length : 0), 0);

const temporaryIn = (root: string): string[] => readdirSync(join(root, '.oh-tmp')).filter((name) => /^[0-9a-f]{16}-\d+$/.test(name));

function codesOf(results: readonly PromiseSettledResult<FileInfo>[]): unknown[] {
  return [...new Set(results.map((result) => (result.status === 'rejected' ? (result.reason.code ?? result.reason) : 'written')))];
}

const failure = (code: string): Error => Object.assign(new Error('sync: error syncing'), { code });

describe('with a flush for all', () => {
  it('gives a file its name when all contents are durable, and says so when all names are', async () => {
    const seen: string[] = [];
    let hasEnded = false;
    const { writeAll, root, store, syncs } = watched(() => {
      seen.push(`${temporaryIn(root).length} hidden, ${visibleIn(root)} visible, ${hasEnded ? 'told' : 'not told'}`);
    });
    const results = await writeAll(files()).finally(() => {
      hasEnded = true;
    });
    expect(seen).toEqual([`${count} hidden, 0 visible, not told`, `0 hidden, ${count} visible, not told`]);
    expect(syncs()).toBe(0);
    for (const [index, { path, contents }] of files().entries()) {
      expect(await store.read(path)).toBe(contents);
      expect(results[index]).toMatchObject({ status: 'fulfilled', value: await store.stat(path) });
    }
  });

  it('keeps content types and metadata, which are durable with the contents', async () => {
    const { writeAll, store, syncs, directorySyncs } = watched(() => undefined);
    const kept = { contentType: 'text/plain', metadata: { by: 'me' } };
    expect(codesOf(await writeAll(files().map((file) => ({ ...file, ...kept }))))).toEqual(['written']);
    expect(await store.stat('d0/f0')).toMatchObject(kept);
    expect(syncs()).toBe(0);
    const before = directorySyncs();
    expect(codesOf(await writeAll(files().map((file) => ({ ...file, ...kept }))))).toEqual(['written']);
    expect(directorySyncs()).toBe(before);
  });

  it('leaves every old file, and nothing besides, when the contents cannot be flushed, and takes no more changes', async () => {
    let fails = false;
    const { writeAll, store, root } = watched(() => {
      if (fails) {
        throw failure('EIO');
      }
    });
    await writeAll(files('old').slice(0, 70));
    fails = true;
    const results = await writeAll(files());
    expect(codesOf(results)).toEqual(['unavailable']);
    expect(visibleIn(root)).toBe(70);
    expect(await store.read('d0/f0')).toBe('old 0');
    expect(temporaryIn(root)).toEqual([]);
    fails = false;
    expect(codesOf(await writeAll(files()))).toEqual(['unavailable']);
    await expect(store.write('other', 'x')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('goes on when a flush could not begin, with another one', async () => {
    let begins = false;
    const { writeAll, store, root, flushers } = watched(() => {
      if (!begins) {
        throw new FlushNotBegun('"the root" cannot be opened (ENOENT)');
      }
    });
    const [first] = await writeAll(files());
    expect(first).toMatchObject({
      reason: { code: 'unavailable', retryable: true, message: expect.stringContaining('"the root" cannot be opened') },
    });
    expect([visibleIn(root), temporaryIn(root).length, flushers()]).toEqual([0, 0, 0]);
    begins = true;
    await store.write('other', 'x');
    expect(codesOf(await writeAll(files()))).toEqual(['written']);
    await store.close();
    expect(flushers()).toBe(0);
  });

  it('says that nothing is written when the names cannot be flushed, and no-space when that is why', async () => {
    const { writeAll, flushes } = watched(() => {
      if (flushes() === 2) {
        throw failure('ENOSPC');
      }
    });
    expect(codesOf(await writeAll(files()))).toEqual(['no-space']);
  });

  it('says that both of two batches have failed, though the system tells one of them alone', async () => {
    const { writeAll, flushes } = watched(async () => {
      if (flushes() === 1) {
        throw failure('EIO');
      }
      // The failure of the other is there by then.
      await new Promise(setImmediate);
    });
    const [one, other] = await Promise.all([writeAll(files()), writeAll(files())]);
    expect([codesOf(one), codesOf(other)]).toEqual([['unavailable'], ['unavailable']]);
  });

  it('gives each file its own outcome', async () => {
    const { writeAll, store } = watched(() => undefined);
    await store.write('d1/f1', 'theirs');
    const writes: FileWrite[] = files().map((file) => ({ ...file, ifAbsent: true }));
    writes[7] = { path: '../outside', contents: 'x' };
    writes[8] = { path: 'd1', contents: 'a directory is there' };
    writes[9] = { path: 'd0/f9', contents: 'x', ifVersion: 'another' };
    const results = await writeAll(writes);
    expect(codesOf(results).sort()).toEqual(['already-exists', 'invalid-path', 'path-conflict', 'version-mismatch', 'written']);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(count - 4);
    expect(await store.read('d1/f1')).toBe('theirs');
  });

  it('honours an abort before, and one in flight, which leaves nothing behind', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const { writeAll, root, store, flushes } = watched(() => abort.abort(reason));
    await expect(writeAll(files(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(existsSync(join(root, '.oh-tmp'))).toBe(false);
    expect(codesOf(await writeAll(files(), abort.signal))).toEqual([reason]);
    expect(flushes()).toBe(1);
    expect(visibleIn(root)).toBe(0);
    expect(temporaryIn(root)).toEqual([]);
    await store.write('other', 'x');
  });

  it('ends what flushes with the store', async () => {
    const { writeAll, store, flushers } = watched(() => undefined);
    await writeAll(files());
    expect(flushers()).toBe(1);
    await store.close();
    expect(flushers()).toBe(0);
  });

  it('begins nothing that flushes once the store is closed', async () => {
    const { writeAll, store, flushers } = watched(() => undefined);
    await store.close();
    expect(codesOf(await writeAll(files()))).toEqual(['closed']);
    expect(flushers()).toBe(0);
  });
});

describe('with an fsync for each', () => {
  it('where the file system cannot be flushed', async () => {
    const { writeAll, syncs, root } = watched(undefined);
    expect(codesOf(await writeAll(files()))).toEqual(['written']);
    expect(syncs()).toBe(count);
    expect(visibleIn(root)).toBe(count);
  });

  it('where there are too few to be worth it', async () => {
    const { writeAll, syncs, flushes } = watched(() => undefined);
    expect(codesOf(await writeAll(files().slice(0, 63)))).toEqual(['written']);
    expect([syncs(), flushes()]).toEqual([63, 0]);
    expect(await writeAll([])).toEqual([]);
  });

  it('and without any where nothing is made durable', async () => {
    const { writeAll, syncs, flushes } = watched(() => undefined, 'atomic');
    expect(codesOf(await writeAll(files()))).toEqual(['written']);
    expect([syncs(), flushes()]).toEqual([0, 0]);
  });
});

it('writes many files on this machine, whatever it has', async () => {
  const root = temporaryDirectory();
  await using store = new LocalFileStore({ root });
  expect(codesOf(await store.writeAll(files()))).toEqual(['written']);
  expect(await store.read('d2/f98')).toBe('new 98');
});
