import { execFile } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { LocalFileStore } from '../src/index.ts';
import { LocalRoot } from '../src/local-root.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** Whether the file system for temporary files takes names that differ in case alone for one. */
function isCaseIgnored(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'oh-case-'));
  const isIgnored = existsSync(join(dirname(directory), basename(directory).replace('oh-case-', 'OH-CASE-')));
  rmdirSync(directory);
  return isIgnored;
}

/** What lies in the directory for temporary files besides locks. */
function temporaryFilesIn(root: string): string[] {
  return readdirSync(join(root, '.oh-tmp')).filter((name) => !/^(lock|session)-/.test(name));
}

it('reads and lists a root that does not exist as empty, and makes it at the first write only', async () => {
  const base = temporaryDirectory();
  const store = new LocalFileStore({ root: join(base, 'a/b') });
  expect(await store.list()).toEqual([]);
  await expect(store.read('file')).rejects.toMatchObject({ code: 'not-found' });
  await store.delete('file');
  expect(readdirSync(base)).toEqual([]);
  await store.write('file', 'x');
  expect(readdirSync(base)).toEqual(['a']);
});

it('keeps plain files: what others write it reads, what it writes they read', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'sessions/abc'), { recursive: true });
  writeFileSync(join(root, 'sessions/abc/metadata.json'), '{"a":1}');
  const store = new LocalFileStore({ root });
  expect(await store.read('sessions/abc/metadata.json')).toBe('{"a":1}');
  const { version } = await store.stat('sessions/abc/metadata.json');
  writeFileSync(join(root, 'sessions/abc/metadata.json'), '{"a":22}');
  await expect(store.write('sessions/abc/metadata.json', 'x', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
  await store.write('settings.json', 'ü');
  expect(readFileSync(join(root, 'settings.json'), 'utf8')).toBe('ü');
});

it.runIf(process.platform === 'linux')('lists no name that is not UTF-8, as no path leads there', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('dir/\uFFFD', 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/dir/a`), Buffer.from([0xff])]), 'x');
  mkdirSync(Buffer.concat([Buffer.from(`${root}/dir/b`), Buffer.from([0xff])]));
  expect(await store.list('dir')).toEqual(['dir/\uFFFD']);
  expect(await Array.fromAsync(store.entries('dir'), ({ path }) => path)).toEqual(['dir/\uFFFD']);
});

it('tells of links and impossible names that listings leave out, and of nothing else', async () => {
  const root = temporaryDirectory();
  const leftOut: string[] = [];
  const store = new LocalFileStore({ root, onLeftOut: (path, reason) => leftOut.push(`${path} ${reason}`) });
  await store.write('dir/file', 'x');
  mkdirSync(join(root, 'dir/.oh-tmp'));
  symlinkSync('nowhere', join(root, 'dir/link'));
  symlinkSync('dir', join(root, 'link'));
  symlinkSync('dir', join(root, 'dir/link\u0007'));
  writeFileSync(join(root, 'dir/bell\u0007'), 'x');
  mkdirSync(join(root, 'dir/sub\u0007'));
  expect(await store.list()).toEqual(['dir/']);
  expect(leftOut.splice(0)).toEqual(['link kind']);
  expect(await Array.fromAsync(store.entries('', { recursive: true }), ({ path }) => path)).toEqual(['dir/file']);
  expect(leftOut.toSorted()).toEqual(['dir/bell\u0007 name', 'dir/link\u0007 kind', 'dir/link kind', 'dir/sub\u0007/ name', 'link kind']);
});

it.runIf(process.platform === 'linux')('lists nothing whose path would be too long to be read', async () => {
  const root = temporaryDirectory();
  const leftOut: string[] = [];
  const store = new LocalFileStore({ root, onLeftOut: (path) => leftOut.push(path) });
  const deep = Array.from({ length: 4 }, () => 'd'.repeat(250)).join('/');
  mkdirSync(join(root, deep, 'e'.repeat(100)), { recursive: true });
  writeFileSync(join(root, deep, 'f'.repeat(20)), 'as long as it may be');
  writeFileSync(join(root, deep, 'f'.repeat(21)), 'too long');
  writeFileSync(join(root, deep, 'e'.repeat(100), 'file'), 'deeper');
  const [only, ...others] = await Array.fromAsync(store.entries('', { recursive: true }), ({ path }) => path);
  expect(await store.read(only ?? '')).toBe('as long as it may be');
  expect(others).toEqual([]);
  expect(await store.list(deep)).toEqual([only]);
  expect(new Set(leftOut)).toEqual(new Set([`${deep}/${'e'.repeat(100)}/`, `${deep}/${'f'.repeat(21)}`]));
});

it('takes an empty directory for none', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'empty'));
  const store = new LocalFileStore({ root });
  expect(await store.list('empty')).toEqual([]);
  await store.write('empty', 'now a file');
  expect(await store.read('empty')).toBe('now a file');
  mkdirSync(join(root, 'other/deep'), { recursive: true });
  await expect(store.write('other', 'x')).rejects.toMatchObject({ code: 'path-conflict' });
});

it('leaves nothing of its own behind when it is closed', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  await store.write('dir/file', 'x');
  await store.write('dir/file', 'y', { ifAbsent: true }).catch(() => undefined);
  expect(temporaryFilesIn(root)).toEqual([]);
  await store.close();
  expect(readdirSync(root)).toEqual(['dir']);
});

it('goes on when another store of the same root has closed and taken the temporary directory away', async () => {
  const root = temporaryDirectory();
  const one = new LocalFileStore({ root, durability: 'atomic' });
  for (let i = 0; i < 50; i += 1) {
    const other = new LocalFileStore({ root, durability: 'atomic' });
    await Promise.all([one.write(`one/${i}`, 'x'), other.write(`other/${i}`, 'x').then(() => other.close())]);
  }
  expect(await one.list('one')).toHaveLength(50);
  expect(await one.list('other')).toHaveLength(50);
});

it('removes the temporary files of those who lost a race', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => store.write('dir/file', `${i}`, { ifAbsent: true })));
  expect(results.filter((result) => result.status === 'rejected')).toHaveLength(31);
  expect(temporaryFilesIn(root)).toEqual([]);
});

it('gives no two writes one time, so that a reused inode never brings a version back', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root, durability: 'atomic' });
  await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? store.write(`dir/${i}`, 'x') : store.append(`dir/${i}`, 'x'))));
  const times = readdirSync(join(root, 'dir')).map((name) => statSync(join(root, 'dir', name), { bigint: true }).mtimeNs);
  expect(new Set(times).size).toBe(200);
});

it('lets one of several processes create a file', { timeout: 120_000 }, async () => {
  const root = temporaryDirectory();
  const count = 300;
  const script = fileURLToPath(new URL('create-racer.ts', import.meta.url));
  const racers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@oh/source', script, root, `${count}`]);
      expect(stderr).toBe('');
      return JSON.parse(stdout) as { pid: number; made: number[] };
    }),
  );
  const made = racers.flatMap((racer) => racer.made);
  expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  const store = new LocalFileStore({ root });
  for (const { pid, made: mine } of racers) {
    for (const i of mine) {
      expect(await store.read(`dir/${i}`)).toBe(`${pid}`);
    }
  }
  expect(readdirSync(root)).toEqual(['dir']);
});

it('loses no update of several processes whose stores come and go', { timeout: 120_000 }, async () => {
  const root = temporaryDirectory();
  const script = fileURLToPath(new URL('increment-racer.ts', import.meta.url));
  await Promise.all(
    Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--conditions=@oh/source', script, root, '100'])),
  );
  expect(readFileSync(join(root, 'counter'), 'utf8')).toBe('400');
  expect(readdirSync(root)).toEqual(['counter']);
});

it('holds conditions between two stores of one root', async () => {
  const root = temporaryDirectory();
  const stores = [new LocalFileStore({ root }), new LocalFileStore({ root })];
  const { version } = await new LocalFileStore({ root }).write('file', 'start');
  const results = await Promise.allSettled(
    Array.from({ length: 32 }, (_, i) => stores[i % 2]?.write('file', `racer ${i}`, { ifVersion: version })),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

it('keeps directories while files come and go in them', async () => {
  const store = new LocalFileStore({ root: temporaryDirectory(), durability: 'atomic' });
  await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      for (let round = 0; round < 30; round += 1) {
        await store.write(`a/b/c/${i}`, 'x');
        await store.delete(`a/b/c/${i}`);
      }
      await store.write(`a/b/c/${i}`, 'last');
    }),
  );
  expect(await store.list('a/b/c')).toHaveLength(16);
});

it('ends what is being streamed when it is closed', async () => {
  const store = new LocalFileStore({ root: temporaryDirectory() });
  await store.write('large', new Uint8Array(3_000_000));
  const stream = await store.readStream('large');
  await store.close();
  await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: 'closed' });
});

it('expands ~ and makes the root absolute at once', () => {
  expect(new LocalRoot('~').directory).toBe(homedir());
  expect(new LocalRoot('~/.openhands').directory).toBe(join(homedir(), '.openhands'));
  expect(new LocalRoot('~other').directory).toBe(join(process.cwd(), '~other'));
  const root = temporaryDirectory();
  expect(new LocalRoot(relative(process.cwd(), root)).directory).toBe(root);
});

it.skipIf(process.platform === 'win32')('takes no other directory for the home directory when HOME is empty or relative', () => {
  try {
    for (const home of ['', 'relative']) {
      vi.stubEnv('HOME', home);
      expect(() => new LocalFileStore({ root: '~/data' })).toThrow(TypeError);
    }
  } finally {
    vi.unstubAllEnvs();
  }
});

it('refuses names that Windows cannot hold, on Windows', () => {
  const windows = new LocalRoot('root', 'win32');
  for (const path of ['a:b', 'q?', 'back\\slash', 'CON', 'dir/aux.txt', 'dot.', 'space ', 'lpt1', 'a/"b']) {
    expect(() => windows.locate(path), path).toThrow('[invalid-path]');
  }
  for (const path of ['console', 'a.b', '.hidden', 'com', 'auxiliary/x']) {
    expect(() => windows.locate(path)).not.toThrow();
  }
});

it('reserves its own names in whatever case, and lists none of them, as there are file systems everywhere that ignore it', async () => {
  const root = temporaryDirectory();
  const store = new LocalFileStore({ root });
  for (const path of ['.OH-TMP/lock-00', 'a/.Oh-Metadata']) {
    await expect(store.write(path, 'x')).rejects.toMatchObject({ code: 'invalid-path' });
  }
  mkdirSync(join(root, 'dir/.OH-TMP'), { recursive: true });
  writeFileSync(join(root, 'dir/.OH-TMP/x'), 'x');
  expect(await store.list('dir')).toEqual([]);
});

it.skipIf(isCaseIgnored())(
  'takes a name away that differs from the other one in case alone, or by its directory (skipped where case is ignored)',
  async () => {
    const root = temporaryDirectory();
    const store = new LocalFileStore({ root });
    for (const [from, to] of [
      ['dir/file', 'dir/FILE'],
      ['dir/other', 'DIR/other'],
    ] as const) {
      const { version } = await store.write(from, 'x');
      await store.write(to, 'y');
      rmSync(join(root, to));
      linkSync(join(root, from), join(root, to));
      expect(await store.move(from, to)).toMatchObject({ version });
      expect([await store.exists(from), await store.read(to)]).toEqual([false, 'x']);
    }
  },
);

it('refuses options that are none', () => {
  expect(() => new LocalFileStore({ root: '' })).toThrow(TypeError);
  expect(() => new LocalFileStore({} as never)).toThrow(TypeError);
  expect(() => new LocalFileStore({ root: 'x', durability: 'yes' as never })).toThrow(TypeError);
  expect(() => new LocalFileStore({ root: 'x', fileMode: -1 })).toThrow(TypeError);
});
