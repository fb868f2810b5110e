import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { isBusyRename, retryBusy } from '../src/retry-busy.ts';
import { temporaryDirectory } from './temporary-root.ts';

function failing(times: number, code: string): () => string {
  let left = times;
  return () => {
    left -= 1;
    if (left >= 0) {
      throw Object.assign(new Error(code), { code });
    }
    return 'done';
  };
}

it('waits while too many files are open, but for nothing else', async () => {
  expect(await retryBusy(failing(3, 'EMFILE'), undefined)).toBe('done');
  expect(await retryBusy(failing(3, 'ENFILE'), undefined)).toBe('done');
  await expect(retryBusy(failing(1, 'EACCES'), undefined)).rejects.toMatchObject({ code: 'EACCES' });
});

it.each(['EPERM', 'EBUSY', 'EACCES'])('waits while Windows has a file in use that is to be renamed: %s', async (code) => {
  expect(await retryBusy(failing(2, code), undefined, (error) => isBusyRename(error, 'win32'))).toBe('done');
  await expect(retryBusy(failing(2, code), undefined, (error) => isBusyRename(error, 'linux'))).rejects.toMatchObject({ code });
});

it('stops waiting at an abort', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  setImmediate(() => controller.abort(reason));
  await expect(retryBusy(failing(Number.POSITIVE_INFINITY, 'EMFILE'), controller.signal)).rejects.toBe(reason);
});

it('gives up after some seconds', async () => {
  await expect(retryBusy(failing(Number.POSITIVE_INFINITY, 'EMFILE'), undefined)).rejects.toMatchObject({ code: 'EMFILE' });
}, 20_000);

it.runIf(process.platform === 'linux')(
  'does more at once than files may be open',
  async () => {
    const program = new URL('./many-at-once.ts', import.meta.url).pathname;
    const command = `ulimit -n 400; exec "$0" --conditions=@oh/source "$1" "$2"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, program, temporaryDirectory()]);
    expect(stdout).toBe('durable 1000 1000 1000, atomic 1000 1000 1000\n');
  },
  60_000,
);

it.runIf(process.platform === 'linux')(
  'says no-space, and leaves the old file, when there is room for a part only',
  async () => {
    const program = new URL('./full-disk.ts', import.meta.url).pathname;
    const command = `trap '' XFSZ; ulimit -f 16; exec "$0" --conditions=@oh/source "$1" "$2"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, program, temporaryDirectory()]);
    const calls = ['write', 'stream', 'create', 'append', 'first append', 'append to an open file', 'several'];
    const told = (durability: string): string[] => [
      ...calls.map((name) => `${durability} ${name}: no-space, 1000, file`),
      `${durability} left: 0`,
    ];
    expect(stdout.trim().split('\n')).toEqual([...told('durable'), ...told('atomic')]);
  },
  60_000,
);

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;

it.runIf(canMount)(
  'deletes files and directories on a full disk, which has no room for a lock (where a program may mount one)',
  async () => {
    const program = new URL('./emptied-disk.ts', import.meta.url).pathname;
    const command = 'mount -t tmpfs -o size=2m,nr_inodes=400 none "$2" && exec "$0" --conditions=@oh/source "$1" "$2"';
    const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', command, process.execPath, program, temporaryDirectory()]);
    const told = (durability: string): string[] => [
      `${durability} write: no-space, dir/,file,kept`,
      `${durability} conditional delete: no-space, dir/,file,kept`,
      `${durability} delete: done, dir/,kept`,
      `${durability} delete of a directory: done, kept`,
      `${durability} write afterwards: done, kept,new`,
    ];
    expect(stdout.trim().split('\n')).toEqual([...told('durable'), ...told('atomic')]);
  },
  60_000,
);
