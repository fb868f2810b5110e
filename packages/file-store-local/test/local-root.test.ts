import { lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LocalRoot } from '../src/local-root.ts';
import { temporaryDirectory } from './temporary-root.ts';

/** Descriptors of this process for a directory. */
function openDescriptorsOf(directory: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === directory).length;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor of the listing itself.
    return undefined;
  }
}

it.runIf(process.platform === 'linux')(
  'opens a directory once for all who ask at the same moment, and keeps it until the last has left',
  async () => {
    const base = temporaryDirectory();
    const directory = join(base, 'directory');
    mkdirSync(directory);
    writeFileSync(join(directory, 'file'), 'contents');
    const root = new LocalRoot(base);
    const { promise: gate, resolve: leave } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const early = ['a', 'b'].map((path) => root.within(directory, { path }, ({ self }) => void seen.push(self)));
    const late = root.within(directory, { path: 'c' }, async (held) => {
      seen.push(held.self);
      await gate;
      return lstatSync(held.entry('file')).size;
    });
    await Promise.all(early);
    expect(new Set(seen).size).toBe(1);
    expect(openDescriptorsOf(directory)).toBe(1);
    leave();
    expect(await late).toBe(8);
    expect(openDescriptorsOf(directory)).toBe(0);
  },
);

it('gives who asks later the directory that is there then', async () => {
  const base = temporaryDirectory();
  const directory = join(base, 'directory');
  mkdirSync(directory);
  const root = new LocalRoot(base);
  const fileThere = (): Promise<boolean> =>
    root.reach(join(directory, 'file'), { path: 'file' }, (entry) => lstatSync(entry, { throwIfNoEntry: false }) !== undefined);
  const [before, after] = await root.within(directory, { path: 'directory' }, async () => {
    const missing = await fileThere();
    renameSync(directory, join(base, 'moved'));
    mkdirSync(directory);
    writeFileSync(join(directory, 'file'), '');
    return [missing, await fileThere()];
  });
  expect([before, after]).toEqual([false, true]);
});

it('tells each who met a link together with others of their own path', async () => {
  const base = temporaryDirectory();
  mkdirSync(join(base, 'outside'));
  mkdirSync(join(base, 'root'));
  symlinkSync('../outside', join(base, 'root', 'link'));
  const root = new LocalRoot(join(base, 'root'));
  const paths = ['link/a', 'link/b', 'link/c'];
  const errors = await Promise.all(
    paths.map((path) => root.reach(root.locate(path), { path }, () => undefined).catch((error: unknown) => error)),
  );
  expect(errors).toMatchObject(paths.map((path) => ({ code: 'permission-denied', path })));
});

it('leaves errors that are not of the system as they are, and names the path that people know in those that are', async () => {
  const base = temporaryDirectory();
  const root = new LocalRoot(base);
  const reasons = [
    AbortSignal.abort().reason,
    AbortSignal.abort(new Error('in /proc/self/fd/1')).reason,
    Object.freeze(new Error('frozen')),
  ];
  for (const reason of reasons) {
    const { message } = reason;
    const failing = root.within(base, { path: 'x' }, () => {
      throw reason;
    });
    await expect(failing).rejects.toBe(reason);
    expect(reason.message).toBe(message);
  }
  const missing = root.reach(join(base, 'missing'), { path: 'x' }, (entry) => void readlinkSync(entry));
  await expect(missing).rejects.toMatchObject({
    code: 'ENOENT',
    path: join(base, 'missing'),
    message: expect.not.stringContaining('/proc'),
  });
});

it.each([
  ['sigma at the end of a word', '\u03bf\u03c3', '\u03bf\u03c2'],
  ['sigma', '\u03c3\u03b1', '\u03c2\u03b1'],
  ['I with a dot', '\u0130', 'i\u0307'],
  ['the Kelvin sign', '\u212a', 'k'],
  ['long s', '\u017f', 'S'],
  ['sharp s', '\u00df', '\u1e9e'],
  ['sharp s as two letters', 'stra\u00dfe', 'STRASSE'],
  ['the micro sign', '\u00b5', '\u03bc'],
  ['two marks in another order', '\u1e69', 'S\u0307\u0323'],
])('has one key for names that may be one to a file system: %s', (_, a, b) => {
  const root = new LocalRoot('root');
  expect(root.keyOf(`directory/${a}`)).toBe(root.keyOf(`directory/${b}`));
  expect(root.keyOf('a')).not.toBe(root.keyOf('b'));
});
