import { readlinkSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KeyFile } from '../src/key-file.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { withCode } from './with-code.ts';

const key = Buffer.alloc(32, 7);

afterEach(() => {
  vi.unstubAllEnvs();
});

async function newPath(): Promise<string> {
  return join(await temporaryDirectory(), 'config', 'oh', 'key');
}

describe('KeyFile', () => {
  it('makes the file at its first use, for its owner alone, and leaves nothing beside it', async () => {
    const path = await newPath();
    const wrapped = await new KeyFile({ path }).wrap(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(path, '..'))).toEqual(['key']);
    expect(await new KeyFile({ path }).unwrap(wrapped)).toEqual(key);
  });

  it.skipIf(process.platform !== 'linux')('is durable with all directories that are made for it (needs /proc)', async () => {
    const path = await newPath();
    const root = join(path, '../../..');
    const file = await open(root);
    const sync = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, 'sync');
    onTestFinished(() => sync.mockRestore());
    const synced: string[] = [];
    sync.mockImplementation(async function (this: FileHandle) {
      synced.push(readlinkSync(`/proc/self/fd/${this.fd}`).replace(/key\..*\.tmp/, 'key'));
    });
    await new KeyFile({ path }).wrap(key);
    await file.close();
    expect(synced.sort()).toEqual([root, join(root, 'config'), join(root, 'config/oh'), path]);
  });

  it('is one key for all that make it at the same time', async () => {
    const path = await newPath();
    const wrapped = await Promise.all(Array.from({ length: 50 }, () => new KeyFile({ path }).wrap(key)));
    for (const each of wrapped) {
      expect(await new KeyFile({ path }).unwrap(each)).toEqual(key);
    }
    expect(await readdir(join(path, '..'))).toEqual(['key']);
  });

  it('never makes a file to open something with', async () => {
    const path = await newPath();
    const wrapped = await new KeyFile({ path }).wrap(key);
    await rm(path);
    await expect(new KeyFile({ path }).unwrap(wrapped)).rejects.toThrow(`[permission-denied] no key: there is no key file "${path}"`);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o644, 0o610])('refuses a file that others may use, mode %o, and says what to do', async (mode) => {
    const path = await newPath();
    const file = new KeyFile({ path });
    const wrapped = await file.wrap(key);
    await chmod(path, mode);
    const message = `[permission-denied] others may read or change the key file "${path}" (mode 0${mode.toString(8)}); run: chmod 600 "${path}"`;
    await expect(file.unwrap(wrapped)).rejects.toThrow(message);
    await expect(file.wrap(key)).rejects.toThrow(message);
    await chmod(path, 0o400);
    expect(await file.unwrap(wrapped)).toEqual(key);
  });

  it('tells another key', async () => {
    const [one, other] = [await newPath(), await newPath()];
    await new KeyFile({ path: other }).wrap(key);
    const wrapped = await new KeyFile({ path: one }).wrap(key);
    await expect(new KeyFile({ path: other }).unwrap(wrapped)).rejects.toThrow(withCode('permission-denied'));
  });

  it.each(['', 'hush', 'oh-key-file-v1 aHVzaA', 'oh-key-file-v2 '.concat('A'.repeat(43)), 'x'.repeat(5000)])(
    'refuses what is no key file, repeats nothing of it and leaves it: %j',
    async (text) => {
      const path = await newPath();
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text, { mode: 0o600 });
      const error = await new KeyFile({ path }).wrap(key).catch((reason: unknown) => reason);
      expect(error).toEqual(withCode('corrupt'));
      expect(String(error)).not.toContain('hush');
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );

  it('refuses a directory', async () => {
    const path = await newPath();
    await mkdir(path, { recursive: true });
    await expect(new KeyFile({ path }).wrap(key)).rejects.toThrow(withCode('corrupt'));
  });

  it('follows a link, as those of Kubernetes are', async () => {
    const path = await newPath();
    const wrapped = await new KeyFile({ path }).wrap(key);
    await symlink(path, `${path}-link`);
    expect(await new KeyFile({ path: `${path}-link` }).unwrap(wrapped)).toEqual(key);
  });

  it('is in the configuration of the user unless told otherwise', async () => {
    const directory = await temporaryDirectory();
    vi.stubEnv('XDG_CONFIG_HOME', directory);
    await new KeyFile().wrap(key);
    expect(await readdir(join(directory, 'oh-storage'))).toEqual(['key']);
    for (const [number, ignored] of ['', 'relative'].entries()) {
      const home = join(directory, `home${number}`);
      vi.stubEnv('XDG_CONFIG_HOME', ignored);
      vi.stubEnv('HOME', home);
      expect(homedir()).toBe(home);
      await new KeyFile().wrap(key);
      expect(await readdir(join(home, '.config', 'oh-storage'))).toEqual(['key']);
    }
    for (const home of ['', 'relative']) {
      vi.stubEnv('HOME', home);
      await expect(new KeyFile().wrap(key)).rejects.toMatchObject({ code: 'invalid-argument' });
    }
  });

  it('says which file cannot be made', async () => {
    const path = join(await temporaryDirectory(), 'file', 'key');
    await writeFile(join(path, '..'), '');
    await expect(new KeyFile({ path }).wrap(key)).rejects.toThrow(/^\[unknown\] cannot (read|make) the key file ".*\/file\/key": ENOTDIR$/);
  });

  it('is aborted before it does anything', async () => {
    const path = await newPath();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(new KeyFile({ path }).wrap(key, { signal })).rejects.toBe(signal.reason);
    await expect(new KeyFile({ path }).unwrap('', { signal })).rejects.toBe(signal.reason);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});
