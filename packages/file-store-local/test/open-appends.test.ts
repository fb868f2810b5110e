import {
  chmodSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createFileStore } from '@oh/file-store-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fdatasync, fsync } from '../src/descriptors.ts';
import { LocalFileStore } from '../src/index.ts';
import { LocalDriver } from '../src/local-driver.ts';
import { isOnLocalFileSystem } from '../src/local-file-systems.ts';
import { OpenAppends } from '../src/open-appends.ts';
import { temporaryDirectory } from './temporary-root.ts';

afterEach(() => vi.useRealTimers());

/** A file that is kept open, and those that keep it. */
function keepOne(): { readonly appends: OpenAppends; readonly file: string; readonly fd: number } {
  const file = join(temporaryDirectory(), 'file');
  const appends = new OpenAppends();
  const fd = keep(appends, file);
  return { appends, file, fd };
}

function keep(appends: OpenAppends, file: string): number {
  const fd = openSync(file, 'a');
  appends.keep(file, { fd, stats: fstatSync(fd, { bigint: true }) });
  return fd;
}

function isOpen(fd: number, file: string): boolean {
  return openedBy(fd).startsWith(file);
}

/** The path that a descriptor was opened by; `''` when it is closed. */
function openedBy(fd: number | string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

describe.runIf(process.platform === 'linux')('OpenAppends', () => {
  it('gives a file once, with what it is now', () => {
    const { appends, file, fd } = keepOne();
    writeFileSync(file, 'more');
    const taken = appends.take(file);
    expect(taken).toMatchObject({ fd, stats: { size: 4n } });
    expect(appends.take(file)).toBeUndefined();
    appends.keep(file, { fd, stats: fstatSync(fd, { bigint: true }) });
    appends.close();
  });

  it.each<readonly [string, (file: string) => void]>([
    ['removed', (file) => unlinkSync(file)],
    ['renamed', (file) => renameSync(file, `${file}-away`)],
    [
      'replaced',
      (file) => {
        writeFileSync(`${file}-new`, '');
        renameSync(`${file}-new`, file);
      },
    ],
    [
      'replaced by a link to itself',
      (file) => {
        linkSync(file, `${file}-away`);
        unlinkSync(file);
        symlinkSync(`${file}-away`, file);
      },
    ],
    ['given other permissions', (file) => chmodSync(file, 0o400)],
  ])('closes a file that was %s', (_what, change) => {
    const { appends, file, fd } = keepOne();
    change(file);
    expect(appends.take(file)).toBeUndefined();
    expect(isOpen(fd, file)).toBe(false);
    appends.close();
  });

  it('closes what is idle, and not what is used', () => {
    vi.useFakeTimers();
    const { appends, file, fd } = keepOne();
    const used = `${file}-used`;
    const usedFd = keep(appends, used);
    for (let i = 0; i < 4; i += 1) {
      vi.advanceTimersByTime(499);
      const taken = appends.take(used);
      expect(taken?.fd).toBe(usedFd);
      appends.keep(used, taken ?? { fd: usedFd, stats: fstatSync(usedFd, { bigint: true }) });
    }
    expect(isOpen(fd, file)).toBe(false);
    vi.advanceTimersByTime(1001);
    expect(isOpen(usedFd, used)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps few files open, and none when it is closed', () => {
    const directory = temporaryDirectory();
    const appends = new OpenAppends();
    const files = Array.from({ length: 20 }, (_, i) => join(directory, `${i}-`));
    const kept = files.map((file) => ({ file, fd: keep(appends, file) }));
    expect(kept.map(({ file, fd }) => isOpen(fd, file))).toEqual(files.map((_, i) => i >= 4));
    appends.close();
    expect(kept.some(({ file, fd }) => isOpen(fd, file))).toBe(false);
  });
});

describe('append', () => {
  it('goes to the file that has the name now, whoever put it there', async () => {
    const root = temporaryDirectory();
    await using store = new LocalFileStore({ root });
    const file = join(root, 'dir', 'log');
    await store.append('dir/log', 'a');
    renameSync(file, join(root, 'away'));
    writeFileSync(file, 'other ');
    expect((await store.append('dir/log', 'b')).size).toBe(7);
    unlinkSync(file);
    expect((await store.append('dir/log', 'c')).size).toBe(1);
    renameSync(join(root, 'dir'), join(root, 'dir-away'));
    mkdirSync(join(root, 'dir'));
    expect((await store.append('dir/log', 'd')).size).toBe(1);
    expect(['away', 'dir-away/log', 'dir/log'].map((name) => readFileSync(join(root, name), 'utf8'))).toEqual(['a', 'c', 'd']);
  });

  it.runIf(process.platform === 'linux')('keeps nothing open that was deleted, whose room on the disk would not be free', async () => {
    const root = temporaryDirectory();
    await using store = new LocalFileStore({ root });
    for (const path of ['log', 'dir/log', 'dir-too/log']) {
      await store.append(path, 'a');
    }
    await store.delete('log');
    await store.delete('dir');
    const open = readdirSync('/proc/self/fd').map(openedBy);
    expect(open.filter((file) => file.startsWith(root) && file.includes('log'))).toEqual([join(root, 'dir-too', 'log')]);
  });

  it('knows what others have appended, and removed', async () => {
    const root = temporaryDirectory();
    await using store = new LocalFileStore({ root });
    await using other = new LocalFileStore({ root });
    await store.append('log', 'a');
    await other.append('log', 'b');
    expect((await store.append('log', 'c', { ifSize: 2 })).size).toBe(3);
    await expect(store.append('log', 'd', { ifSize: 2 })).rejects.toMatchObject({ code: 'version-mismatch' });
    await other.delete('log');
    await expect(store.append('log', 'e', { ifSize: 3 })).rejects.toMatchObject({ code: 'version-mismatch' });
    await other.write('log', 'f', { metadata: { kept: 'yes' } });
    expect(await store.append('log', 'g')).toMatchObject({ size: 2, metadata: { kept: 'yes' } });
    expect(await other.read('log')).toBe('fg');
  });

  it.runIf(process.platform === 'linux')('keeps a file open for the next one where closing it would tell nothing', async () => {
    const opened = (root: string): number => readdirSync('/proc/self/fd').filter((fd) => isOpen(Number(fd), join(root, 'log'))).length;
    for (const { durability, isLocal, count } of [
      { durability: 'durable', isLocal: false, count: 1 },
      { durability: 'atomic', isLocal: true, count: 1 },
      { durability: 'atomic', isLocal: false, count: 0 },
    ] as const) {
      const root = temporaryDirectory();
      const calls = { file: fsync, data: fdatasync, directory: (fd: number) => fsync(fd), isLocal: () => isLocal };
      const store = createFileStore(new LocalDriver({ root, durability }, calls));
      await store.append('log', 'a');
      await store.append('log', 'b');
      await store.append('log', 'c', { ifSize: 0 }).catch(() => undefined);
      expect(opened(root)).toBe(count);
      await store.close();
      expect(opened(root)).toBe(0);
    }
  });
});

describe('isOnLocalFileSystem', () => {
  it.runIf(existsSync('/dev/shm'))('knows memory as local', () => {
    expect(isOnLocalFileSystem('/dev/shm')).toBe(true);
    expect(isOnLocalFileSystem('/dev/shm', 'darwin')).toBe(false);
  });

  it('does not take for local what it does not know', () => {
    expect(isOnLocalFileSystem('/proc')).toBe(false);
    expect(isOnLocalFileSystem(join(temporaryDirectory(), 'missing'))).toBe(false);
  });
});
