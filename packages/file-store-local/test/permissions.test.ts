import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { setMode } from '../src/descriptors.ts';
import { LocalFileStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-root.ts';

const onPosix = process.platform !== 'win32';

/** The user `nobody`: permissions do not hold back root. */
const unprivilegedUser = 65_534;

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** Lets the rest of the test run without root's privileges. */
function dropPrivileges(root: string): void {
  if (process.getuid?.() === 0) {
    chmodSync(root, 0o755);
    process.seteuid?.(unprivilegedUser);
    onTestFinished(() => void process.seteuid?.(0));
  }
}

it.runIf(onPosix)('makes files 0600 and directories 0700, whatever was there before', async () => {
  const root = join(temporaryDirectory(), 'made');
  const store = new LocalFileStore({ root });
  await store.write('a/b/file', 'x');
  await store.append('a/log', 'x');
  for (const directory of ['', 'a', 'a/b']) {
    expect(modeOf(join(root, directory))).toBe('700');
  }
  expect(modeOf(join(root, 'a/b/file'))).toBe('600');
  expect(modeOf(join(root, 'a/log'))).toBe('600');
  chmodSync(join(root, 'a/b/file'), 0o666);
  await store.write('a/b/file', 'y');
  expect(modeOf(join(root, 'a/b/file'))).toBe('600');
});

it.runIf(onPosix)('makes files and directories with the modes it is given, whatever the umask', async () => {
  const root = join(temporaryDirectory(), 'made');
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const store = new LocalFileStore({ root, fileMode: 0o664, directoryMode: 0o775 });
  await store.write('a/file', 'x');
  await store.append('a/log', 'x');
  await store.write('a/typed', 'x', { contentType: 'text/plain' });
  for (const directory of ['a', '.oh-tmp', '.oh-metadata']) {
    expect(modeOf(join(root, directory))).toBe('775');
    const files = readdirSync(join(root, directory));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((name) => modeOf(join(root, directory, name)) !== '664')).toEqual([]);
  }
});

it.runIf(onPosix)('makes files that nobody may change, and replaces and deletes them all the same', async () => {
  const root = join(temporaryDirectory(), 'made');
  mkdirSync(root);
  chmodSync(root, 0o777);
  dropPrivileges(join(root, '..'));
  const store = new LocalFileStore({ root, fileMode: 0o444 });
  await store.write('a/file', 'x', { metadata: { a: 'b' } });
  expect(modeOf(join(root, 'a/file'))).toBe('444');
  const { version } = await store.write('a/file', 'y');
  await store.write('a/file', 'z', { ifVersion: version });
  await store.move('a/file', 'b');
  await store.delete('b');
  expect(await store.list()).toEqual([]);
  await store.close();
});

it.runIf(onPosix)(
  'changes nothing in a directory that may not be read, since it could not be made durable; with durability "atomic" it does',
  async () => {
    const root = join(temporaryDirectory(), 'made');
    mkdirSync(root);
    chmodSync(root, 0o777);
    dropPrivileges(join(root, '..'));
    const store = new LocalFileStore({ root });
    for (const path of ['out', 'in/file', 'in/moved']) {
      await store.write(path, 'x');
    }
    const names = readdirSync(join(root, 'in'));
    chmodSync(join(root, 'in'), 0o300);
    onTestFinished(() => chmodSync(join(root, 'in'), 0o700));
    const changes: Record<string, (to: LocalFileStore) => Promise<unknown>> = {
      write: (to) => to.write('in/file', 'y'),
      create: (to) => to.write('in/new', 'y', { ifAbsent: true }),
      'create below': (to) => to.write('in/below/new', 'y'),
      append: (to) => to.append('in/file', 'y'),
      'append to new': (to) => to.append('in/log', 'y'),
      'move in': (to) => to.move('out', 'in/out'),
      'move out': (to) => to.move('in/moved', 'moved'),
      delete: (to) => to.delete('in/file'),
    };
    for (const [name, change] of Object.entries(changes)) {
      await expect(change(store), name).rejects.toMatchObject({ code: 'permission-denied' });
    }
    expect(await store.read('in/file')).toBe('x');
    chmodSync(join(root, 'in'), 0o700);
    expect(readdirSync(join(root, 'in'))).toEqual(names);
    chmodSync(join(root, 'in'), 0o300);
    await using atomic = new LocalFileStore({ root, durability: 'atomic' });
    for (const change of Object.values(changes)) {
      await change(atomic);
    }
    chmodSync(join(root, 'in'), 0o700);
    expect(await atomic.list('in')).toEqual(['in/below/', 'in/log', 'in/new', 'in/out']);
    await store.close();
  },
);

it.runIf(onPosix)(
  'deletes what is not there, and below it, in a directory that could not be made durable, and leaves its directories',
  async () => {
    const root = join(temporaryDirectory(), 'made');
    mkdirSync(root);
    chmodSync(root, 0o777);
    dropPrivileges(join(root, '..'));
    await using store = new LocalFileStore({ root });
    for (const path of ['in/below/file', 'in/other/file', 'in/file']) {
      await store.write(path, 'x');
    }
    chmodSync(join(root, 'in'), 0o300);
    onTestFinished(() => chmodSync(join(root, 'in'), 0o700));
    await store.delete('in/missing');
    await store.delete('in/below/file');
    await store.move('in/other/file', 'moved');
    expect(await store.exists('in/below/file')).toBe(false);
    chmodSync(join(root, 'in'), 0o700);
    expect(readdirSync(join(root, 'in'))).toEqual(['below', 'file', 'other']);
  },
);

it.runIf(onPosix)('sweeps up what dead sessions have left beside what it may not remove', async () => {
  const root = temporaryDirectory();
  const temporary = join(root, '.oh-tmp');
  const ids = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(16));
  for (const id of ids) {
    mkdirSync(join(temporary, `${id}-1`, 'closed'), { recursive: true });
    writeFileSync(join(temporary, `${id}-1`, 'closed/file'), 'x');
    writeFileSync(join(temporary, `${id}-2`), 'x');
    chmodSync(join(temporary, `${id}-1`, 'closed'), 0o000);
    onTestFinished(() => chmodSync(join(temporary, `${id}-1`, 'closed'), 0o700));
  }
  chmodSync(temporary, 0o777);
  chmodSync(root, 0o777);
  if (process.getuid?.() === 0) {
    process.seteuid?.(unprivilegedUser);
    onTestFinished(() => void process.seteuid?.(0));
  }
  const store = new LocalFileStore({ root });
  await store.write('file', 'x');
  await store.close();
  expect(readdirSync(temporary).sort()).toEqual(ids.map((id) => `${id}-1`));
});

it.runIf(onPosix)('leaves the permissions of its own files as they are where it may not set them', () => {
  const root = temporaryDirectory();
  const file = join(root, 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  const fd = openSync(file, 'r+');
  onTestFinished(() => closeSync(fd));
  dropPrivileges(root);
  expect(() => setMode(fd, 0o600)).not.toThrow();
  expect(() => setMode(-1, 0o600)).toThrow();
  // Whoever is not root owns the file.
  expect(modeOf(file)).toBe(process.getuid?.() === 0 ? '666' : '600');
});

it.each(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])('does without permissions where the file system says %s to them', (code) => {
  const fail = (errno: string) => (): void => {
    throw Object.assign(new Error(errno), { code: errno });
  };
  expect(() => setMode(-1, 0o600, fail(code))).not.toThrow();
  expect(() => setMode(-1, 0o600, fail('EIO'))).toThrow('EIO');
});

it.runIf(onPosix)('changes and adds to files of another user, where it may write them', async () => {
  const root = join(temporaryDirectory(), 'shared');
  const options = { root, fileMode: 0o666, directoryMode: 0o777 };
  const one = new LocalFileStore(options);
  onTestFinished(() => one.close());
  await one.write('file', 'one', { contentType: 'text/plain' });
  await one.append('log', 'one,');
  dropPrivileges(join(root, '..'));
  const other = new LocalFileStore(options);
  const { version } = await other.append('log', 'two,');
  expect((await other.stat('log')).version).toBe(version);
  await other.append('log', 'three');
  expect(await other.read('log')).toBe('one,two,three');
  await other.append('file', ',two');
  expect(await other.stat('file')).toMatchObject({ size: 7, contentType: 'text/plain' });
  await other.write('file', 'two');
  await other.close();
});

it.runIf(onPosix)('says permission-denied, which path and what to do, and never not-found', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'closed'));
  writeFileSync(join(root, 'closed', 'file'), 'x');
  writeFileSync(join(root, 'secret'), 'x');
  chmodSync(join(root, 'closed'), 0o000);
  chmodSync(join(root, 'secret'), 0o000);
  onTestFinished(() => chmodSync(join(root, 'closed'), 0o700));
  dropPrivileges(root);
  const store = new LocalFileStore({ root });
  const denied = { code: 'permission-denied', retryable: false };
  for (const path of ['closed/file', 'secret']) {
    await expect(store.read(path)).rejects.toMatchObject({ ...denied, path, message: expect.stringContaining(JSON.stringify(path)) });
  }
  await expect(store.read('secret')).rejects.toThrow(
    `EACCES at ${JSON.stringify(join(root, 'secret'))}; give the user of this process access`,
  );
  await expect(store.exists('closed/file')).rejects.toMatchObject(denied);
  await expect(store.stat('closed/file')).rejects.toMatchObject(denied);
  await expect(store.list('closed')).rejects.toMatchObject(denied);
  await expect(store.delete('closed/file')).rejects.toMatchObject(denied);
  await expect(store.write('closed/file', 'y')).rejects.toMatchObject(denied);
});

it.runIf(onPosix)('lists a directory without reading those inside it', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'dir/unreadable'), { recursive: true });
  writeFileSync(join(root, 'dir/file'), 'x');
  chmodSync(join(root, 'dir'), 0o755);
  chmodSync(join(root, 'dir/unreadable'), 0o000);
  onTestFinished(() => chmodSync(join(root, 'dir/unreadable'), 0o700));
  dropPrivileges(root);
  const store = new LocalFileStore({ root });
  expect(await store.list('dir')).toEqual(['dir/file', 'dir/unreadable/']);
});

it.runIf(onPosix).each([
  ['read', 0o000, 'dir/closed'],
  ['searched', 0o444, 'dir/closed/file'],
])('lists all that comes before a directory that cannot be %s, nothing that comes after, and then says so', async (_what, mode, path) => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'dir/closed'), { recursive: true });
  for (const file of ['a', 'dir/b', 'dir/closed/file', ...Array.from({ length: 100 }, (_, i) => `z${i}`)]) {
    writeFileSync(join(root, file), 'x');
  }
  chmodSync(join(root, 'dir'), 0o755);
  chmodSync(join(root, 'dir/closed'), mode);
  onTestFinished(() => chmodSync(join(root, 'dir/closed'), 0o700));
  dropPrivileges(root);
  const listed: string[] = [];
  const listing = (async () => {
    for await (const entry of new LocalFileStore({ root }).entries('', { recursive: true })) {
      listed.push(entry.path);
    }
  })();
  await expect(listing).rejects.toMatchObject({ code: 'permission-denied', path });
  expect(listed).toEqual(['a', 'dir/b']);
});

it.runIf(onPosix).each([
  ['', 0o000],
  [', also where it may be read', 0o444],
])('says permission-denied when a lock of the store belongs to somebody else%s', async (_also, mode) => {
  const root = temporaryDirectory();
  const temporary = join(root, '.oh-tmp');
  mkdirSync(temporary);
  for (let i = 0; i < 32; i += 1) {
    writeFileSync(join(temporary, `lock-${`${i}`.padStart(2, '0')}`), '');
    chmodSync(join(temporary, `lock-${`${i}`.padStart(2, '0')}`), mode);
  }
  chmodSync(temporary, 0o777);
  chmodSync(root, 0o777);
  const script = fileURLToPath(new URL('write-once.ts', import.meta.url));
  const outcome = execFileSync(process.execPath, ['--conditions=@oh/source', script, root], { encoding: 'utf8' });
  expect(outcome).toMatch(/^\[permission-denied\] cannot write "file": EACCES at ".*\.oh-tmp\/lock-\d\d"; give the user/);
});
