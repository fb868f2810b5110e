import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

const kept = { contentType: 'text/plain', metadata: { author: 'Zoë' } };

function open(): { store: LocalFileStore; root: string; sidecars: () => string[] } {
  const root = temporaryDirectory();
  const directory = join(root, '.oh-metadata');
  const sidecars = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);
  return { store: new LocalFileStore({ root }), root, sidecars };
}

it('keeps nothing beside a file that is written without metadata, and the plain bytes of one that is written with', async () => {
  const { store, root } = open();
  await store.write('plain', 'x');
  await store.write('empty', 'x', { metadata: {} });
  expect(existsSync(join(root, '.oh-metadata'))).toBe(false);
  await store.write('dir/file', 'contents', kept);
  expect(readFileSync(join(root, 'dir/file'), 'utf8')).toBe('contents');
  expect(await Array.fromAsync(store.entries('', { recursive: true }), ({ path }) => path)).toEqual(['dir/file', 'empty', 'plain']);
});

it('lies under the inode, the size and the time of its file, each to the base of 36, where later releases look for it', async () => {
  const { store, root, sidecars } = open();
  await store.write('file', '12345', kept);
  const { ino, size, mtimeNs } = statSync(join(root, 'file'), { bigint: true });
  expect(sidecars()).toEqual([[ino, size, mtimeNs].map((part) => part.toString(36)).join('-')]);
  expect(JSON.parse(readFileSync(join(root, '.oh-metadata', ...sidecars()), 'utf8'))).toEqual(kept);
});

it('is found by another store, and after a program moved the file', async () => {
  const { store, root } = open();
  await store.write('file', 'x', kept);
  const other = new LocalFileStore({ root });
  expect(await other.stat('file')).toMatchObject(kept);
  await other.move('file', 'dir/moved');
  expect(await store.stat('dir/moved')).toMatchObject(kept);
});

it('leaves nothing behind when its file is replaced, deleted, moved onto, or not written at all', async () => {
  const { store, sidecars } = open();
  for (const path of ['replaced', 'deleted', 'dir/a', 'dir/b', 'dir/c/d', 'from', 'onto']) {
    await store.write(path, path, kept);
  }
  expect(sidecars()).toHaveLength(7);
  await store.write('replaced', 'anew');
  await store.delete('deleted');
  await store.delete('dir');
  await store.move('from', 'onto');
  await expect(store.write('onto', 'x', { ...kept, ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  await expect(store.write('onto/below', 'x', kept)).rejects.toMatchObject({ code: 'path-conflict' });
  expect(sidecars()).toHaveLength(1);
  expect(await store.stat('onto')).toMatchObject(kept);
  expect((await store.stat('replaced')).metadata).toBeUndefined();
});

it('stays with a file that loses one of two names, and goes with the last', async () => {
  const { store, root, sidecars } = open();
  await store.write('one', 'x', kept);
  for (const name of ['two', 'three']) {
    linkSync(join(root, 'one'), join(root, name));
  }
  await store.delete('one');
  expect(await store.stat('two')).toMatchObject(kept);
  await store.write('two', 'other');
  expect(await store.stat('three')).toMatchObject(kept);
  await store.delete('three');
  expect(sidecars()).toEqual([]);
});

it('goes with a file whose names all go with one directory', async () => {
  const { store, root, sidecars } = open();
  await store.write('dir/one', 'x', kept);
  for (const name of ['two', 'three']) {
    linkSync(join(root, 'dir/one'), join(root, 'dir', name));
  }
  await store.delete('dir');
  expect(sidecars()).toEqual([]);
});

it('stays with a file that is moved onto another name of it', async () => {
  const { store, root } = open();
  const { version } = await store.write('from', 'x', kept);
  linkSync(join(root, 'from'), join(root, 'to'));
  expect(await store.move('from', 'to')).toMatchObject({ ...kept, path: 'to', version });
  expect(await store.list()).toEqual(['to']);
  expect(await store.stat('to')).toMatchObject({ ...kept, version });
});

it('stays with a file that is appended to', async () => {
  const { store, sidecars } = open();
  await store.write('file', 'one,', kept);
  const appended = await Promise.all(['two,', 'three,', 'four'].map((text) => store.append('file', text)));
  expect(await store.read('file')).toBe('one,two,three,four');
  const info = await store.stat('file');
  expect(info).toMatchObject({ ...kept, size: 18 });
  expect(appended.at(-1)).toEqual(info);
  expect(sidecars()).toHaveLength(1);
});

it('is not taken for that of contents that another program wrote', async () => {
  const { store, root } = open();
  await store.write('file', 'ours', kept);
  writeFileSync(join(root, 'file'), 'theirs');
  expect((await store.stat('file')).contentType).toBeUndefined();
});

it.each(['{"contentType":1}', '{"metadata":{"a":1}}', '["canary', 'canary', 'null', ''])(
  'names the file that is damaged: %s',
  async (text) => {
    const { store, root, sidecars } = open();
    await store.write('file', 'x', kept);
    await store.write('other', 'y', kept);
    const info = await store.stat('file');
    const [name = ''] = sidecars().filter((each) => each === info.version);
    writeFileSync(join(root, '.oh-metadata', name), text);
    const damaged = { code: 'corrupt', path: 'file', message: expect.stringContaining(join('.oh-metadata', name)) };
    const error: unknown = await store.read('file').catch((reason: unknown) => reason);
    expect(error).toMatchObject(damaged);
    expect(inspect(error, { showHidden: true })).not.toContain('canary');
    await expect(store.stat('file')).rejects.toMatchObject(damaged);
    expect(await store.stat('other')).toMatchObject(kept);
    expect(await store.list()).toEqual(['file', 'other']);
  },
);

it('keeps a file in its place that cannot be moved with it, and the file that it would replace', async () => {
  const { store, root } = open();
  const { version } = await store.write('from', 'x', kept);
  await store.write('to', 'y', kept);
  writeFileSync(join(root, '.oh-metadata', version), 'damaged');
  await expect(store.move('from', 'to')).rejects.toMatchObject({ code: 'corrupt' });
  await expect(store.move('from', 'new', { ifAbsent: true })).rejects.toMatchObject({ code: 'corrupt' });
  expect(await store.list()).toEqual(['from', 'to']);
  expect(await store.read('to')).toBe('y');
});

it('neither reads nor writes it through a link', async () => {
  const { store, root } = open();
  const outside = temporaryDirectory();
  await store.write('file', 'x');
  symlinkSync(outside, join(root, '.oh-metadata'));
  await expect(store.write('file', 'y', kept)).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(store.stat('file')).rejects.toMatchObject({ code: 'permission-denied' });
  expect(readdirSync(outside)).toEqual([]);
  rmSync(join(root, '.oh-metadata'));
  expect(await store.read('file')).toBe('x');
});

it('reserves the name of its directory', async () => {
  const { store, root } = open();
  mkdirSync(join(root, 'dir', '.oh-metadata'), { recursive: true });
  await expect(store.write('dir/.oh-metadata/x', 'x')).rejects.toMatchObject({ code: 'invalid-path' });
  expect(await store.list('dir')).toEqual([]);
});
