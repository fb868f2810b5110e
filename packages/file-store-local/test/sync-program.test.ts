import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFlusher } from '../src/file-system-flusher.ts';
import { FlushNotBegun } from '../src/flush-not-begun.ts';
import { SyncProgram } from '../src/sync-program.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** A program of that name which says that it is GNU's, and then does what the script does with the number of the flush as `$n`. */
function useProgram(flush: string, version = 'sync (GNU coreutils) 9.1'): string {
  const directory = temporaryDirectory();
  const program = join(directory, 'sync');
  const counted = `n=$(($(cat '${directory}/count' 2>/dev/null || echo 0) + 1)); echo $n > '${directory}/count'`;
  writeFileSync(program, `#!/bin/sh\ncase $1 in --version) echo '${version}'; exit 0;; esac\n${counted}\n${flush}\n`);
  chmodSync(program, 0o755);
  usePath(`${directory}:${process.env['PATH']}`);
  return directory;
}

function usePath(path: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
}

function openProgram(directory = temporaryDirectory()): SyncProgram {
  const program = new SyncProgram(directory);
  onTestFinished(() => program.close());
  return program;
}

const isPosix = process.platform !== 'win32';

describe.runIf(isPosix)('the program that flushes (skipped on Windows, which has no sh)', () => {
  it('is asked for the file system of the directory, once for each flush', async () => {
    const log = join(temporaryDirectory(), 'log');
    const directory = useProgram(`echo "$*" >> '${log}'`);
    const program = openProgram(directory);
    await Promise.all([program.flush(), program.flush(), program.flush()]);
    expect(readFileSync(log, 'utf8')).toBe(`-f -- ${directory}\n`.repeat(3));
  });

  it.each([
    ['Input/output error', 'EIO'],
    ['No space left on device', 'ENOSPC'],
    ['Disk quota exceeded', 'EDQUOT'],
  ])('tells of "%s" by %s', async (text, code) => {
    useProgram(`[ $n = 1 ] || { echo "sync: error syncing 'x': ${text}" >&2; exit 1; }`);
    const program = openProgram();
    await program.flush();
    await expect(program.flush()).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('fails when it ends, in a flush and before one', async () => {
    useProgram('kill -9 $PPID');
    const program = openProgram();
    await expect(program.flush()).rejects.toMatchObject({ code: 'EIO', message: expect.stringContaining('has ended') });
    await expect(program.flush()).rejects.toBeInstanceOf(FlushNotBegun);
  });

  it('fails where it is another one of that name, is missing, or there is no shell', async () => {
    useProgram('exit 0', 'sync (uutils coreutils) 0.0.30');
    await expect(openProgram().flush()).rejects.toMatchObject({ code: 'EIO' });
    const empty = temporaryDirectory();
    symlinkSync('/bin/sh', join(empty, 'sh'));
    usePath(empty);
    await expect(openProgram().flush()).rejects.toMatchObject({ code: 'EIO' });
    usePath(temporaryDirectory());
    await expect(openProgram().flush()).rejects.toMatchObject({ code: 'EIO' });
  });

  it('is not ended by signals for the program that it works for', async () => {
    useProgram('for signal in INT TERM HUP; do kill -$signal $PPID $$; done');
    const program = openProgram();
    await program.flush();
    await program.flush();
  });

  it('does not begin where the directory is missing, be it gone before it is opened here or there', async () => {
    useProgram('exit 0');
    await expect(openProgram(join(temporaryDirectory(), 'missing')).flush()).rejects.toMatchObject(
      expect.objectContaining({ constructor: FlushNotBegun, message: expect.stringContaining('missing" cannot be opened (ENOENT)') }),
    );
    useProgram(`echo "sync: error opening 'x': No such file or directory" >&2; exit 1`);
    await expect(openProgram().flush()).rejects.toBeInstanceOf(FlushNotBegun);
  });

  it('does not begin while it is being ended', async () => {
    useProgram('exit 0');
    const program = openProgram();
    const closing = program.close();
    await expect(program.flush()).rejects.toBeInstanceOf(FlushNotBegun);
    await closing;
  });

  it('keeps no process from ending', async () => {
    useProgram('exit 0');
    const module = new URL('../src/sync-program.ts', import.meta.url).href;
    const program = `const { SyncProgram } = await import(${JSON.stringify(module)}); await new SyncProgram('/').flush(); console.log('flushed');`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--no-warnings', '--conditions=@oh/source', '--input-type=module', '-e', program]);
    expect(stdout).toBe('flushed\n');
  });

  it('is not used on file systems of which it is not known that they tell their failures', async () => {
    useProgram('exit 0');
    expect(await openFlusher('/dev/shm', { platform: 'linux', release: '6.1.0' })).toBeUndefined();
  });

  it('is not used where it cannot flush, nor where the kernel tells no errors', async () => {
    const directory = temporaryDirectory();
    useProgram('exit 1');
    expect(await openFlusher(directory, { platform: 'linux', release: '6.1.0' })).toBeUndefined();
    useProgram('exit 0');
    expect(await openFlusher(directory, { platform: 'linux', release: '5.7.19-generic' })).toBeUndefined();
    expect(await openFlusher(directory, { platform: 'linux', release: '4.4.0' })).toBeUndefined();
    expect(await openFlusher(directory, { platform: 'darwin', release: '24.0.0' })).toBeUndefined();
  });
});

it('flushes this machine, where its file system is one that can be', async () => {
  const directory = temporaryDirectory();
  const flusher = await openFlusher(join(directory, 'not/there/yet'));
  if (flusher !== undefined) {
    await flusher.flush();
    await flusher.close();
    await flusher.close();
    await expect(flusher.flush()).rejects.toBeInstanceOf(FlushNotBegun);
  }
  expect(await openFlusher(join(directory, 'file\0'))).toBeUndefined();
});
