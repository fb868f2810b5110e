import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HeldDirectory } from '../src/held-directory.ts';
import { LockFile } from '../src/lock-file.ts';
import { openPathsBelow } from './open-paths.ts';
import { temporaryDirectory } from './temporary-root.ts';

function open(directory: HeldDirectory): LockFile {
  const file = LockFile.openOrMake(directory, 'lock', 'new', 0o600);
  expect(file).toBeDefined();
  return file as LockFile;
}

it('is not locked when it is no longer the file with its name, and keeps nobody from that one', () => {
  const directory = new HeldDirectory(temporaryDirectory());
  const late = open(directory);
  unlinkSync(directory.entry('lock'));
  expect(late.tryLock()).toBe('replaced');
  const current = open(directory);
  expect([late.tryLock(), current.tryLock(), late.tryLock()]).toEqual(['replaced', 'locked', 'replaced']);
  late.close();
  current.close();
});

it('excludes others until it is unlocked or closed', () => {
  const directory = new HeldDirectory(temporaryDirectory());
  const [one, other] = [open(directory), open(directory)];
  expect([one.tryLock(), other.tryLock()]).toEqual(['locked', 'busy']);
  one.unlock();
  expect([other.tryLock(), one.tryLock()]).toEqual(['locked', 'busy']);
  other.close();
  expect(one.tryLock()).toBe('locked');
  one.close();
});

it('is never opened through a link, nor where it is no file', () => {
  const outside = new HeldDirectory(temporaryDirectory());
  open(outside).close();
  writeFileSync(outside.entry('data'), 'no lock');
  const refused = expect.objectContaining({ code: 'permission-denied', message: expect.stringContaining('is no file; remove it') });
  for (const make of [
    (entry: string) => symlinkSync(outside.entry('lock'), entry),
    (entry: string) => symlinkSync(outside.entry('data'), entry),
    (entry: string) => symlinkSync(outside.entry('missing'), entry),
    (entry: string) => mkdirSync(entry),
  ]) {
    const directory = new HeldDirectory(temporaryDirectory());
    make(directory.entry('lock'));
    expect(() => open(directory)).toThrow(refused);
  }
  expect(readFileSync(outside.entry('data'), 'utf8')).toBe('no lock');
  expect(existsSync(outside.entry('missing'))).toBe(false);
});

it.runIf(process.platform === 'linux')('is let go of when it is not opened after all (on Linux)', () => {
  const path = temporaryDirectory();
  const directory = new HeldDirectory(path);
  writeFileSync(directory.entry('lock'), 'no database, and longer than its header: '.repeat(100));
  expect(() => open(directory)).toThrow('file is not a database');
  expect(openPathsBelow(path).filter((opened) => opened.endsWith('lock'))).toEqual([]);
});
