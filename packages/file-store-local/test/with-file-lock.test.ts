import { execFileSync, spawn } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadFlock, lockAtOnce } from '../src/flock.ts';
import { toFlockError } from '../src/flock-error.ts';
import { tryFlockFile } from '../src/flock-file.ts';
import { withFileLock } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const onPosix = process.platform !== 'win32';

function newLock(): string {
  return join(temporaryDirectory(), '.eventlog.lock');
}

/** Runs a program whose import of this package is `index`. @returns What it prints. */
function run(index: string, program: string): string {
  const args = ['--conditions=@oh/source', '--input-type=module', '--eval', program.replace('INDEX', JSON.stringify(index))];
  return execFileSync(process.execPath, args, { cwd: temporaryDirectory(), encoding: 'utf8' });
}

it('says unsupported on Windows', async () => {
  await expect(loadFlock('win32')).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('Windows') });
});

describe.runIf(onPosix)(`withFileLock${onPosix ? '' : ' (skipped: Windows has no flock)'}`, () => {
  it('returns what the action returns, and leaves the file as it was', async () => {
    const lock = newLock();
    expect(await withFileLock(lock, async () => 'done')).toBe('done');
    expect(statSync(lock)).toMatchObject({ size: 0, mode: 0o100600 });
    writeFileSync(lock, 'pid 1');
    const before = statSync(lock, { bigint: true });
    await withFileLock(lock, async () => undefined);
    expect(readFileSync(lock, 'utf8')).toBe('pid 1');
    const { ino, mode, mtimeNs } = statSync(lock, { bigint: true });
    expect({ ino, mode, mtimeNs }).toEqual({ ino: before.ino, mode: before.mode, mtimeNs: before.mtimeNs });
  });

  it('lets calls of one process follow each other in order of arrival, also by two names of the directory', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'real'));
    symlinkSync('real', join(directory, 'link'));
    const events: string[] = [];
    const hold = (folder: string, name: string): Promise<void> =>
      withFileLock(join(directory, folder, 'lock'), async () => {
        events.push(`${name} begins`);
        await new Promise(setImmediate);
        events.push(`${name} ends`);
      });
    const names = [...'abcdefgh'];
    await Promise.all(names.map((name) => hold('real', name)));
    expect(events).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
    events.length = 0;
    await Promise.all([hold('real', 'a'), hold('link', 'b')]);
    expect(events.map((event) => event.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });

  it('is released when the action throws, with its error', async () => {
    const lock = newLock();
    const error = new Error('thrown by the action');
    await expect(withFileLock(lock, () => Promise.reject(error))).rejects.toBe(error);
    await expect(
      withFileLock(lock, () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await withFileLock(lock, async () => 'done', { timeoutMs: 0 })).toBe('done');
  });

  it.runIf(process.platform === 'linux')('closes its descriptor, and leaves no lock to a child that has it', async () => {
    const lock = newLock();
    const descriptors = (): string[] => readdirSync('/proc/self/fd').filter((fd) => targetOf(fd) === lock);
    await withFileLock(lock, async () => {
      const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', Number(descriptors()[0])] });
      onTestFinished(() => void child.kill('SIGKILL'));
    });
    expect(descriptors()).toEqual([]);
    expect(await withFileLock(lock, async () => 'done', { timeoutMs: 0 })).toBe('done');
    await expect(withFileLock(lock, () => withFileLock(lock, async () => 'inner', { timeoutMs: 60 }))).rejects.toThrow('timeout');
    expect(() => tryFlockFile(lock, () => 'EIO')).toThrow('EIO');
    expect(descriptors()).toEqual([]);
  });

  it('gives up waiting for a call of the same process at its timeout and at an abort', async () => {
    const lock = newLock();
    const controller = new AbortController();
    const reason = new Error('stopped waiting');
    await withFileLock(lock, async () => {
      await expect(withFileLock(lock, async () => 'inner', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout', path: lock });
      const waiting = withFileLock(lock, async () => 'inner', { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      await expect(waiting).rejects.toBe(reason);
    });
    await expect(withFileLock(lock, async () => 'done', { signal: controller.signal })).rejects.toBe(reason);
  });

  it('leaves neither a timer nor a listener behind, which would keep the process and the signal', async () => {
    const { signal } = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const during = await withFileLock(newLock(), async () => [timers(), getEventListeners(signal, 'abort').length], { signal });
    expect(during).toEqual([before + 1, 1]);
    expect([timers(), getEventListeners(signal, 'abort').length]).toEqual([before, 0]);
  });

  it('lets neither the timeout nor an abort end an action that runs', async () => {
    const controller = new AbortController();
    const action = async (): Promise<string> => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'done';
    };
    expect(await withFileLock(newLock(), action, { timeoutMs: 20, signal: controller.signal })).toBe('done');
  });

  it('does not take the lock of a file that was replaced before it was locked', async () => {
    const lock = newLock();
    const flock = await loadFlock();
    const replaced = tryFlockFile(lock, (fd, operation) => {
      rmSync(lock);
      writeFileSync(lock, '');
      return flock(fd, operation);
    });
    expect(replaced).toBeUndefined();
    const removed = tryFlockFile(lock, (fd, operation) => {
      rmSync(lock, { force: true });
      return flock(fd, operation);
    });
    expect(removed).toBeUndefined();
    const release = tryFlockFile(lock, flock);
    expect(release).toBeTypeOf('function');
    release?.();
  });

  it('knows the error of the system call', async () => {
    const flock = await loadFlock();
    expect(flock(2 ** 30, lockAtOnce)).toBe('EBADF');
  });

  it.each([
    ['ENOLCK', 'unavailable', true],
    ['ENOTSUP', 'unsupported', false],
    ['EACCES', 'permission-denied', false],
    ['ENXIO', 'unknown', false],
  ])('says what %s of the system means', (errno, code, retryable) => {
    const lock = newLock();
    const system = catchError(() => tryFlockFile(lock, () => errno));
    const refused = { code, retryable, path: lock, cause: system, message: expect.stringMatching(`cannot lock ".*": ${errno}`) };
    expect(toFlockError(system, lock)).toMatchObject(refused);
  });

  it('refuses symbolic links, directories and what has no directory, each with its code and the file', async () => {
    const directory = temporaryDirectory();
    symlinkSync('elsewhere', join(directory, 'link'));
    mkdirSync(join(directory, 'folder'));
    for (const [name, code] of Object.entries({ link: 'permission-denied', folder: 'path-conflict', 'missing/lock': 'not-found' })) {
      const file = join(directory, name);
      const refused = { code, retryable: false, path: file, message: expect.stringContaining(JSON.stringify(file)) };
      await expect(withFileLock(file, async () => 'done')).rejects.toMatchObject(refused);
    }
    expect(readdirSync(directory).sort()).toEqual(['folder', 'link']);
  });

  it('takes ~ for the home directory', async () => {
    const home = temporaryDirectory();
    vi.stubEnv('HOME', home);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(homedir()).toBe(home);
    await withFileLock('~/lock', async () => undefined);
    expect(readdirSync(home)).toEqual(['lock']);
  });

  it('refuses what is no path and no time', async () => {
    for (const file of ['', 'a\0b']) {
      await expect(withFileLock(file, async () => 'done')).rejects.toThrow(TypeError);
    }
    for (const timeoutMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(withFileLock('lock', async () => 'done', { timeoutMs })).rejects.toThrow(RangeError);
    }
  });

  it('loads koffi at the first call, and not before', () => {
    const program = `
      const { withFileLock } = await import(INDEX);
      const isLoaded = () => process.report.getReport().sharedObjects.some((path) => path.includes('koffi'));
      const before = isLoaded();
      await withFileLock('lock', async () => undefined);
      process.stdout.write(before + ' ' + isLoaded());
    `;
    expect(run(join(packageFolder, 'src/index.ts'), program)).toBe('false true');
  });

  it('says unsupported and what to install where koffi is missing', () => {
    const copy = temporaryDirectory();
    cpSync(join(packageFolder, 'src'), join(copy, 'src'), { recursive: true });
    cpSync(join(packageFolder, 'package.json'), join(copy, 'package.json'));
    mkdirSync(join(copy, 'node_modules/@oh'), { recursive: true });
    symlinkSync(join(packageFolder, '../file-store-core'), join(copy, 'node_modules/@oh/file-store-core'));
    const program = `
      const { withFileLock } = await import(INDEX);
      await withFileLock('lock', async () => undefined).catch(({ code, message, cause }) => console.log(code, message, cause.code));
    `;
    expect(run(join(copy, 'src/index.ts'), program)).toMatch(/^unsupported .*npm install koffi ERR_MODULE_NOT_FOUND\n$/);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The descriptor with which the list was read.
    return undefined;
  }
}
