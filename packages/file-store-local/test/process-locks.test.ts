import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Directories } from '../src/directories.ts';
import { HeldDirectory } from '../src/held-directory.ts';
import { LocalFileStore } from '../src/index.ts';
import { LocalRoot } from '../src/local-root.ts';
import { LockFile, linkIfMissing } from '../src/lock-file.ts';
import { ProcessLocks } from '../src/process-locks.ts';
import { QuickCalls } from '../src/quick-calls.ts';
import { Session } from '../src/session.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** Locks of a root, and what another process does that keeps the one of `path`: it has a connection of its own. */
async function keptByAnother(path: string, maxWaitMs?: number): Promise<{ locks: ProcessLocks; letGo: () => void; root: string }> {
  const directory = temporaryDirectory();
  const root = new LocalRoot(directory);
  const directories = new Directories({ root, mode: 0o700, exactMode: false, quick: new QuickCalls(), sync: undefined });
  const session = new Session({ root, directories, mode: 0o600 });
  const locks = new ProcessLocks({ root, session, mode: 0o600, maxWaitMs });
  await locks.run([path], undefined, async () => undefined);
  const [name = ''] = readdirSync(root.temporaryDirectory).filter((each) => each.startsWith('lock-'));
  const other = LockFile.open(new HeldDirectory(root.temporaryDirectory), name);
  expect(other?.tryLock()).toBe('locked');
  return { locks, letGo: () => other?.close(), root: directory };
}

it('gives up for all who wait behind each other when another process keeps a lock, and not one after the other', async () => {
  const maxWaitMs = 200;
  const { locks, letGo } = await keptByAnother('file', maxWaitMs);
  const began = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => locks.run(['file'], undefined, async () => 'done')));
  const tookMs = performance.now() - began;
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(20);
  expect(tookMs).toBeGreaterThanOrEqual(maxWaitMs);
  expect(tookMs).toBeLessThan(10 * maxWaitMs);
  letGo();
  expect(await locks.run(['file'], undefined, async () => 'done')).toBe('done');
});

it('gives up with unavailable when another process keeps a lock, and says which file it is', async () => {
  const { locks, letGo } = await keptByAnother('dir/file', 50);
  const refused = { code: 'unavailable', retryable: true, path: 'dir/file', message: expect.stringMatching(/\.oh-tmp\/lock-\d\d/) };
  await expect(locks.run(['dir/file'], undefined, async () => 'done')).rejects.toMatchObject(refused);
  letGo();
  expect(await locks.run(['dir/file'], undefined, async () => 'done')).toBe('done');
});

it('stops waiting for another process at an abort', async () => {
  const { locks, letGo } = await keptByAnother('dir/file');
  const controller = new AbortController();
  const waiting = locks.run(['dir/file'], controller.signal, async () => 'done');
  const reason = new Error('stopped waiting');
  setImmediate(() => controller.abort(reason));
  await expect(waiting).rejects.toBe(reason);
  letGo();
});

it('leaves the file of a lock that another process has when it is closed, or a third one would have the lock as well', async () => {
  const { locks, letGo, root } = await keptByAnother('dir/file', 50);
  const files = (): string[] => readdirSync(join(root, '.oh-tmp')).filter((name) => name.startsWith('lock-'));
  await locks.close();
  expect(files()).toHaveLength(1);
  await expect(locks.run(['dir/file'], undefined, async () => 'done')).rejects.toMatchObject({ code: 'unavailable' });
  letGo();
  expect(await locks.run(['dir/file'], undefined, async () => 'done')).toBe('done');
  await locks.close();
  expect(files()).toEqual([]);
});

it('lets a store close when the appends that waited for a lock are given up', { timeout: 10_000 }, async () => {
  const { locks, letGo, root } = await keptByAnother('log');
  letGo();
  const store = new LocalFileStore({ root });
  await store.append('log', 'x');
  const [locked, mayLetGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = locks.run(['log'], undefined, async () => {
    locked.resolve();
    await mayLetGo.promise;
  });
  await locked.promise;
  const controller = new AbortController();
  const reason = new Error('stopped waiting');
  const appending = store.append('log', 'y', { signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await expect(appending).rejects.toBe(reason);
  await store.close();
  mayLetGo.resolve();
  await holding;
  expect(readFileSync(join(root, 'log'), 'utf8')).toBe('x');
});

it('takes the locks of two paths in one order, whoever asks, so that nobody waits for ever', async () => {
  const { locks, letGo } = await keptByAnother('a');
  letGo();
  const paths = ['a', 'b', 'c/d', 'e'];
  const pairs = paths.flatMap((one) => paths.map((other) => [one, other]));
  const done = await Promise.all(pairs.map((pair) => locks.run(pair, undefined, async () => 'done')));
  expect(done).toHaveLength(16);
});

it('is never refused a lock that others remove and make again meanwhile', async () => {
  const directory = temporaryDirectory();
  const program = new URL('./lock-replacer.ts', import.meta.url).pathname;
  const replacer = spawn(process.execPath, ['--conditions=@oh/source', program, directory, 'lock'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    replacer.kill('SIGKILL');
    await once(replacer, 'exit');
  });
  await once(replacer.stdout, 'data');
  const openMany = (): void => {
    for (let i = 0; i < 10_000; i += 1) {
      LockFile.open(new HeldDirectory(directory), 'lock')?.close();
    }
  };
  expect(openMany).not.toThrow();
});

it('takes no lock of a file that was opened for reading alone, which SQLite does not say', () => {
  const directory = new HeldDirectory(temporaryDirectory());
  const living = LockFile.openOrMake(directory, 'lock', 'new', 0o600);
  onTestFinished(() => living?.close());
  expect(living?.tryLock()).toBe('locked');
  vi.spyOn(URLSearchParams.prototype, 'set').mockImplementation(function set(this: URLSearchParams, name, value) {
    this.append(name, value === 'rw' ? 'ro' : value);
  });
  const reader = LockFile.open(directory, 'lock');
  vi.restoreAllMocks();
  onTestFinished(() => reader?.close());
  expect(reader?.tryLock()).toBe('replaced');
  living?.unlock();
  expect(reader?.tryLock()).toBe('replaced');
  expect(living?.tryLock()).toBe('locked');
});

it.runIf(process.platform === 'linux')("keeps the reader's lock from one lock to the next, which makes the next one cheap", () => {
  const directory = new HeldDirectory(temporaryDirectory());
  const lock = LockFile.openOrMake(directory, 'lock', 'new', 0o600);
  onTestFinished(() => lock?.close());
  const { ino } = statSync(directory.entry('lock'));
  const kinds = (): readonly string[] =>
    readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .flatMap((line) => (line.includes(`:${ino} `) ? [/READ|WRITE/.exec(line)?.[0] ?? line] : []));
  for (let round = 0; round < 2; round += 1) {
    expect(kinds()).toEqual(['READ']);
    expect(lock?.tryLock()).toBe('locked');
    expect(kinds().toSorted()).toEqual(['READ', 'WRITE']);
    lock?.unlock();
  }
  expect(kinds()).toEqual(['READ']);
});

it('says that the root is too long a path, and not that its file system has no locks', async () => {
  const parent = temporaryDirectory();
  const outcomes = new Set<string>();
  for (let length = 440; length <= 560; length += 20) {
    const deep = join(parent, 'a'.repeat(150), 'b'.repeat(150), 'c'.repeat(length - parent.length - 303));
    await using store = new LocalFileStore({ root: deep });
    const written = await store.write('file', 'x').catch((error: unknown) => String(error));
    outcomes.add(typeof written === 'string' ? written.replace(/".*"/, 'PATH') : 'written');
  }
  expect([...outcomes]).toEqual([
    'written',
    'FileStoreError: [unsupported] changes cannot be locked between processes: PATH is too long a path for SQLite; use a shorter root',
  ]);
});

it('says what a file system lacks that has no hard links, and passes on every other failure', () => {
  const fail = (code: string) => (): never => {
    throw Object.assign(new Error(`${code}: link`), { code, syscall: 'link' });
  };
  for (const code of ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']) {
    const refused = { code: 'unsupported', message: expect.stringContaining(`no hard links (${code})`) };
    expect(() => linkIfMissing('a', 'b', fail(code))).toThrow(expect.objectContaining(refused));
  }
  expect(() => linkIfMissing('a', 'b', fail('EIO'))).toThrow('EIO');
  expect(() => linkIfMissing('a', 'b', fail('EEXIST'))).not.toThrow();
});

it('has one lock for paths that differ in case and form alone, which may be one to a file system', async () => {
  const root = new LocalRoot(temporaryDirectory());
  const directories = new Directories({ root, mode: 0o700, exactMode: false, quick: new QuickCalls(), sync: undefined });
  const locks = new ProcessLocks({ root, session: new Session({ root, directories, mode: 0o600 }), mode: 0o600 });
  const order: string[] = [];
  const mayEnd = Promise.withResolvers<void>();
  const first = locks.run(['Dir/\u00e9'], undefined, async () => {
    await mayEnd.promise;
    order.push('first');
  });
  const second = locks.run(['dir/E\u0301'], undefined, async () => void order.push('second'));
  await expect.poll(() => readdirSync(root.temporaryDirectory).length).toBeGreaterThan(1);
  mayEnd.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  await locks.close();
});
