import { spawnSync } from 'node:child_process';
import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { parseChecked, serializeChecked } from '../src/checked-json.ts';
import { type BackupFile, parseFiles, serializeFiles } from '../src/file-entry.ts';
import { decodeTrailer, encodeTrailer, trailerBytes } from '../src/pack-trailer.ts';
import { createCipher, noCipher } from '../src/repository-cipher.ts';
import { sha256 } from '../src/sha256.ts';
import { parseSnapshot } from '../src/snapshot-record.ts';
import { compress, decompress } from '../src/zstd.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

const id = sha256(Buffer.from('x'));

function fileAt(path: string): BackupFile {
  return { path, size: 1, modified_at: '2026-11-28T21:30:00.000Z', version: 'v', chunks: [id] };
}

describe('a list of files', () => {
  it('is read as it was written', () => {
    const files = [fileAt('a'), { ...fileAt('b/😀'), content_type: 'text/plain', metadata: { owner: 'alice' } }];
    expect(parseFiles(serializeFiles(files))).toEqual(files);
  });

  it('keeps what another version says of a file besides', () => {
    const files = [{ ...fileAt('a'), mode: 0o600, owner: { name: 'alice' } }];
    expect(parseFiles(serializeFiles(files))).toEqual(files);
  });

  it.each([
    ['out of order', [fileAt('b'), fileAt('a')]],
    ['twice the same', [fileAt('a'), fileAt('a')]],
    ['out of the root', [fileAt('../a')]],
    ['in another spelling', [fileAt('a//b')]],
    ['the root itself', [fileAt('')]],
    ['with contents that have no id', [{ ...fileAt('a'), chunks: ['x'] }]],
  ])('is none with files %s', (_, files) => {
    expect(parseFiles(serializeFiles(files))).toBeUndefined();
  });

  it('is none without its last line end', () => {
    expect(parseFiles(serializeFiles([fileAt('a')]).slice(0, -1))).toBeUndefined();
  });
});

it('reads checked JSON back, and nothing that differs from it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.nat(), fc.nat(254), (record, at, difference) => {
      const bytes = Buffer.from(serializeChecked({ a: record }));
      expect(parseChecked(bytes.toString())).toEqual({ a: record });
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (difference + 1);
      expect(parseChecked(bytes.toString())).toBeUndefined();
    }),
  );
});

it('makes no more of compressed bytes than it was told to', async () => {
  const packed = await compress(Buffer.alloc(100_000));
  expect((await decompress(packed, 100_000))?.length).toBe(100_000);
  expect(await decompress(packed, 99_999)).toBeUndefined();
  expect(await decompress(packed.subarray(0, -1), 100_000)).toBeUndefined();
});

it('opens what was sealed with the same key, repository and context, whole and unchanged', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const box = createCipher(key, 'r1').seal(Buffer.from('text'), ['frame', id]);
  expect(createCipher(key, 'r1').open(box, ['frame', id])?.toString()).toBe('text');
  expect(createCipher(key, 'r1').open(box, ['frame', id, id])).toBeUndefined();
  expect(createCipher(key, 'r2').open(box, ['frame', id])).toBeUndefined();
  expect(createCipher(other, 'r1').open(box, ['frame', id])).toBeUndefined();
  for (let length = 0; length < box.length; length += 1) {
    expect(createCipher(key, 'r1').open(box.subarray(0, length), ['frame', id])).toBeUndefined();
  }
});

it('gives no two packs one name, also when they hold the same', async () => {
  const frames = [{ at: 0, length: 10, size: 1, blobs: [[id, 1]] }] as const;
  const [first, second] = [await encodeTrailer(frames, noCipher), await encodeTrailer(frames, noCipher)];
  expect(first.equals(second)).toBe(false);
  expect(await decodeTrailer(first, noCipher)).toEqual(frames);
  expect(trailerBytes(first)).toBe(first.length);
  expect(trailerBytes(Buffer.from('OHB2'))).toBeUndefined();
});

it('takes no table whose blobs do not fill their frames', async () => {
  const trailer = await encodeTrailer([{ at: 0, length: 10, size: 2, blobs: [[id, 1]] }], noCipher);
  expect(await decodeTrailer(trailer, noCipher)).toBeUndefined();
});

it('tells a snapshot of another version from what is none', () => {
  expect(parseSnapshot('{"format":"oh-backup-snapshot","version":2}')).toBe(2);
  expect(parseSnapshot('{"format":"oh-backup-snapshot","version":1}')).toBeUndefined();
  expect(parseSnapshot('{"format":"something else","version":2}')).toBeUndefined();
});

it('takes no snapshot that was given another time', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  const [path = ''] = await files.list('snapshots');
  await files.move(path, path.replace(/\/\d{4}/, '/2030'));
  expect(await repository.list()).toMatchObject({ snapshots: [], unreadable: [{ error: { code: 'corrupt' } }] });
});

it('shows neither names nor contents in an encrypted repository', async () => {
  const files = new MemoryFileStore();
  const source = await storeOf({ 'secret-name/a': 'canary '.repeat(50), b: 'canary'.repeat(300_000) });
  await new BackupRepository({ files, key: fixedKey() }).create(source, { name: 'secret-name' });
  const stored = Object.values(await readTree(files)).map((contents) => Buffer.from(contents, 'base64'));
  const ids = ['canary '.repeat(50)].map((text) => sha256(Buffer.from(text)));
  for (const text of ['secret-name', 'canary', ...ids]) {
    expect(stored.filter((bytes) => bytes.includes(text))).toEqual([]);
  }
});

it.skipIf(spawnSync('zstd', ['--version']).error !== undefined)('can be read by the command zstd, where that is installed', async () => {
  const files = new MemoryFileStore();
  await new BackupRepository({ files }).create(await storeOf({ a: 'first', b: 'second' }));
  const [pack = ''] = Object.keys(await readTree(files, 'packs'));
  const bytes = await files.readBytes(pack);
  expect(pack.endsWith(sha256(bytes))).toBe(true);
  const { stdout, status } = spawnSync('zstd', ['-dc'], { input: bytes });
  expect(status).toBe(0);
  expect(stdout.toString()).toMatch(/^(firstsecond|secondfirst)\{"path":"a"/);
});
