import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

/** Runs the program as it is installed, without the variables of these tests. */
async function runVersion(environment: Readonly<Record<string, string>>, cwd: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@oh/source', bin, '--version'], {
    cwd,
    env: environment,
  });
  return stderr + stdout;
}

async function isCached(directory: string): Promise<boolean> {
  return existsSync(directory) && (await readdir(directory, { recursive: true })).length > 1;
}

test('compiled code is kept in the home directory', async () => {
  const home = await temporaryDirectory();
  const version = await runVersion({ HOME: home }, home);
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await readdir(join(home, '.cache'))).toEqual(['oh-storage']);
  expect(await isCached(join(home, '.cache/oh-storage'))).toBe(true);
  expect(await runVersion({ HOME: home }, home)).toBe(version);
});

test('XDG_CACHE_HOME names another place, except when it is relative', async () => {
  const home = await temporaryDirectory();
  await mkdir(join(home, 'kept'));
  await runVersion({ HOME: home, XDG_CACHE_HOME: join(home, 'kept') }, home);
  expect(await readdir(home)).toEqual(['kept']);
  expect(await isCached(join(home, 'kept/oh-storage'))).toBe(true);
  await runVersion({ HOME: home, XDG_CACHE_HOME: 'kept' }, home);
  expect(await isCached(join(home, '.cache/oh-storage'))).toBe(true);
});

test('without a place for it, and when it is turned off, nothing is kept, and all else works', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'file'), '');
  for (const environment of [
    { HOME: join(home, 'missing') },
    { HOME: join(home, 'file') },
    { HOME: home, XDG_CACHE_HOME: join(home, 'missing') },
    { HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' },
  ]) {
    expect(await runVersion(environment, home)).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await readdir(home)).toEqual(['file']);
  }
});

const isRoot = process.geteuid?.() === 0;

test.skipIf(!isRoot)(
  `nothing is kept in, or taken from, the home directory of another user${isRoot ? '' : ' (skipped: needs root)'}`,
  async () => {
    const home = await temporaryDirectory();
    await chown(home, 12_345, 12_345);
    expect(await runVersion({ HOME: home }, home)).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await readdir(home)).toEqual([]);
  },
);
