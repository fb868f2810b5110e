import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { expect, test } from 'vitest';
import { localScheme } from '../src/locations/local-scheme.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function createTree(): Promise<string> {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'data/sub'), { recursive: true });
  await writeFile(join(directory, 'data/file'), '');
  await symlink(join(directory, 'data'), join(directory, 'link'));
  await symlink(join(directory, 'nowhere/a'), join(directory, 'dangling'));
  return directory;
}

test('a directory is the root of its store; of a file, and of what is missing, the parent is', async () => {
  const cwd = await createTree();
  const resolve = (rest: string) => localScheme.resolve(rest, { cwd, env: { HOME: cwd }, purpose: 'contents' });
  expect(await resolve('data')).toMatchObject({
    storeKey: `local:${cwd}/data`,
    path: '',
    name: 'data',
    isDirectory: true,
    address: `local:${cwd}/data`,
  });
  expect(await resolve('data/file')).toMatchObject({ storeKey: `local:${cwd}/data`, path: 'file', name: 'file', isDirectory: false });
  expect(await resolve('new/er')).toMatchObject({ storeKey: `local:${cwd}/new`, path: 'er', name: 'er', address: `local:${cwd}/new/er` });
  expect(await resolve('~/data/sub/')).toMatchObject({ storeKey: `local:${cwd}/data/sub`, path: '' });
  expect(await resolve('~')).toMatchObject({ storeKey: `local:${cwd}`, path: '' });
  expect(await resolve('~file')).toMatchObject({ path: '~file' });
});

test('a directory that is to be made is a root of its own, unless it lies in a store', async () => {
  const cwd = await createTree();
  const resolve = (rest: string) => localScheme.resolve(rest, { cwd, env: { HOME: cwd }, purpose: 'directory' });
  expect(await resolve('new/er')).toMatchObject({ storeKey: `local:${cwd}/new/er`, path: '', name: 'er', isDirectory: false });
  expect(await resolve('data/sub')).toMatchObject({ storeKey: `local:${cwd}/data/sub`, path: '' });
  expect(await resolve('data/file')).toMatchObject({ storeKey: `local:${cwd}/data`, path: 'file' });
  await mkdir(join(cwd, 'data/.oh-metadata'));
  expect(await resolve('data/new/er')).toMatchObject({ storeKey: `local:${cwd}/data`, path: 'new/er' });
});

test('what a location is written with does not change its address', async () => {
  const cwd = await createTree();
  const { root } = parse(cwd);
  const resolve = async (rest: string) => (await localScheme.resolve(rest, { cwd, env: {}, purpose: 'contents' })).address;
  expect(await Promise.all(['link/file', './data//file', `${cwd}/data/sub/../file`].map(resolve))).toEqual(
    Array(3).fill(`local:${cwd}/data/file`),
  );
  expect(await resolve('link/new/er/')).toBe(`local:${cwd}/data/new/er`);
  expect(await resolve('dangling')).toBe(`local:${cwd}/dangling`);
  expect(await resolve(root)).toBe(`local:${root.slice(0, -1)}`);
});

test('where HOME is no absolute path, ~ is no directory, and every other path is what it is', async () => {
  const cwd = await createTree();
  for (const HOME of ['', 'data']) {
    for (const purpose of ['contents', 'directory', 'entry'] as const) {
      const resolve = async (rest: string) => await localScheme.resolve(rest, { cwd, env: { HOME }, purpose });
      await expect(resolve('~')).rejects.toThrow('[usage] HOME is no absolute path');
      await expect(resolve('~/data')).rejects.toThrow('[usage] HOME is no absolute path');
      expect(await resolve('data')).toMatchObject({ address: `local:${cwd}/data` });
      expect(await resolve('.')).toMatchObject({ address: `local:${cwd}` });
    }
  }
});

test('what names contents only has no name', async () => {
  const cwd = await createTree();
  const resolve = async (rest: string) => (await localScheme.resolve(rest, { cwd, env: {}, purpose: 'contents' })).name;
  expect(await Promise.all(['.', '..', 'data/.', 'data/../', './', '/'].map(resolve))).toEqual(Array(6).fill(''));
  expect(await Promise.all(['link', 'data/', '..data', '...'].map(resolve))).toEqual(['link', 'data', '..data', '...']);
});

test('to remove something its parent is opened, and a symbolic link is not followed', async () => {
  const cwd = await createTree();
  const resolve = (rest: string) => localScheme.resolve(rest, { cwd, env: { HOME: cwd }, purpose: 'entry' });
  expect(await resolve('data/sub')).toMatchObject({ storeKey: `local:${cwd}/data`, path: 'sub', isDirectory: true });
  expect(await resolve('link')).toMatchObject({ storeKey: `local:${cwd}`, path: 'link', isDirectory: false });
  expect(await resolve('link/file')).toMatchObject({ storeKey: `local:${cwd}/data`, path: 'file' });
  for (const rest of ['.', '..', '/', '~', cwd]) {
    expect(await resolve(rest)).toMatchObject({ path: '' });
  }
});
