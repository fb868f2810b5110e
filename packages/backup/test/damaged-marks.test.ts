import { randomBytes } from 'node:crypto';
import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { BackupRepository } from '../src/backup-repository.ts';
import { serializeChecked } from '../src/checked-json.ts';
import { readTree, storeOf } from './file-tree.ts';
import { packsIn } from './packs-in.ts';
import { withCode } from './with-code.ts';

const pack = '0'.repeat(64);
const mark = { marked_at: '2026-01-01T00:00:00Z', deleting: null };
const good = { format: 'oh-backup-marks', version: 1, deletions: 0, packs: { [pack]: mark } };

async function expectLatest(repository: BackupRepository, source: MemoryFileStore): Promise<void> {
  const target = new MemoryFileStore();
  expect(await repository.restore('latest', target)).toMatchObject({ lost: [], unreadable: [] });
  expect(await readTree(target)).toEqual(await readTree(source));
}

describe.each([
  ['no text', ''],
  ['no record', '{}'],
  ['a text that was cut', serializeChecked(good).slice(0, -10)],
  ['another format', serializeChecked({ ...good, format: 'other' })],
  ['a number of deletions that is none', serializeChecked({ ...good, deletions: -1 })],
  ['no packs', serializeChecked({ ...good, packs: undefined })],
  ['a pack that is none', serializeChecked({ ...good, packs: { x: mark } })],
  ['a time that is none', serializeChecked({ ...good, packs: { [pack]: { ...mark, marked_at: 'today' } } })],
  ['a mark that does not say who deletes', serializeChecked({ ...good, packs: { [pack]: { ...mark, deleting: undefined } } })],
])('marks that are %s', (_what, marks) => {
  it('let a backup rely upon nothing, and are left as they are', async () => {
    const files = new MemoryFileStore();
    const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: 'x' })];
    const { id } = await repository.create(source);
    await files.write('marks.json', marks);
    const before = await packsIn(files);
    const created = await repository.create(source);
    expect(created).toMatchObject({ parent: undefined, added: 1, unchanged: 0, unreadableMarks: { code: 'corrupt', path: 'marks.json' } });
    for (const path of before) {
      await files.delete(path);
    }
    const target = new MemoryFileStore();
    expect(await repository.restore(created.id, target)).toMatchObject({ restored: 1, lost: [] });
    expect((await repository.list()).snapshots.map((each) => each.id)).toContain(id);
    expect(await files.read('marks.json')).toBe(marks);
  });

  it('are damage, and keep everything from being pruned', async () => {
    const files = new MemoryFileStore();
    const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: 'x' })];
    await repository.create(source);
    await files.write('marks.json', marks);
    const before = await readTree(files);
    await expect(repository.prune({ olderThan: new Date('2100-01-01'), keepLatest: 0 })).rejects.toEqual(withCode('corrupt'));
    expect((await repository.verify()).damaged.map(({ path }) => path)).toEqual(['marks.json']);
    expect({ ...(await readTree(files)), 'locks/prune.json': '' }).toEqual({ ...before, 'locks/prune.json': '' });
  });
});

it('refuses to back up and to prune beside marks of another version, and does not say that they may be deleted', async () => {
  const files = new MemoryFileStore();
  const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: 'x' })];
  await repository.create(source);
  for (const marks of [serializeChecked({ ...good, version: 2 }), '{"format":"oh-backup-marks","version":2}']) {
    await files.write('marks.json', marks);
    const refusal = { code: 'unsupported', message: '[unsupported] the marks of the repository are of version 2; known is 1' };
    await expect(repository.create(source)).rejects.toMatchObject(refusal);
    await expect(repository.prune()).rejects.toMatchObject(refusal);
    expect((await repository.verify()).damaged).toMatchObject([refusal]);
    expect(await files.read('marks.json')).toBe(marks);
  }
});

it('goes on without marks that a disk does not give out any more, and fails where another try may read them', async () => {
  const files = new MemoryFileStore();
  const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: randomBytes(500) })];
  await repository.create(source);
  await files.write('marks.json', serializeChecked(good));
  const failing = interceptFileStore(files, (operation, path) => {
    if (operation !== 'stat' && path === 'marks.json') {
      throw new FileStoreError('unavailable', 'EIO', { path: String(path), retryable: false });
    }
  });
  const { unreadableMarks } = await new BackupRepository({ files: failing }).create(source);
  expect(unreadableMarks?.message).toBe('[corrupt] "marks.json" cannot be read: EIO');
  await expectLatest(repository, source);
  for (const code of ['permission-denied', 'unavailable'] as const) {
    const before = await readTree(files);
    const faults = [{ operations: ['open'], match: (path: string) => path === 'marks.json', code }] as const;
    await expect(new BackupRepository({ files: createFaultyFileStore(files, { faults }) }).create(source)).rejects.toEqual(withCode(code));
    expect(await readTree(files)).toEqual(before);
  }
});

it('takes no source that has become empty for one that never had files', async () => {
  const files = new MemoryFileStore();
  const repository = new BackupRepository({ files });
  await repository.create(await storeOf({ a: 'x' }));
  await files.write('marks.json', '');
  await expect(repository.create(new MemoryFileStore())).rejects.toEqual(withCode('unavailable'));
  expect((await repository.list()).snapshots).toHaveLength(1);
});

describe('marks that change while a backup runs', () => {
  /** Backs up, and does something before the snapshot is written, or after. */
  async function createWhile(
    when: 'before' | 'after',
    act: (files: MemoryFileStore, packs: readonly string[]) => Promise<unknown>,
    marks = 'damaged',
  ) {
    const files = new MemoryFileStore();
    const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: randomBytes(500) })];
    await repository.create(source);
    await files.write('marks.json', marks);
    const before = await packsIn(files);
    let isDone = false;
    const beside = interceptFileStore(files, async (operation, path) => {
      const isTime =
        when === 'before' ? operation === 'write' && String(path).startsWith('snapshots/') : operation === 'read' && path === 'marks.json';
      const isWritten = Object.keys(await readTree(files, 'snapshots')).length > 1;
      if (isTime && !isDone && (when === 'before' || isWritten)) {
        isDone = true;
        const own = (await packsIn(files)).filter((each) => !before.includes(each));
        await act(files, own);
      }
    });
    const created = new BackupRepository({ files: beside }).create(source);
    const outcome = await created.then(
      () => 'whole',
      (error: FileStoreError) => error.code,
    );
    expect(isDone).toBe(true);
    expect((await repository.list()).snapshots).toHaveLength(outcome === 'whole' ? 2 : 1);
    return outcome;
  }

  const marksOf = (packs: readonly string[], deleting: string | null) =>
    serializeChecked({ ...good, deletions: 1, packs: Object.fromEntries(packs.map((path) => [path.slice(-64), { ...mark, deleting }])) });
  const prune = '6f1ed002-ab0c-4c5a-8b59-6e3c2b1c7b11';

  it.each(['before', 'after'] as const)('are believed when they say that a prune deletes what it stored, %s its snapshot', async (when) => {
    expect(await createWhile(when, (files, packs) => files.write('marks.json', marksOf(packs, prune)))).toBe('unavailable');
    expect(
      await createWhile(when, async (files, packs) => {
        await Promise.all(packs.map((path) => files.delete(path)));
        await files.delete('marks.json');
      }),
    ).toBe('unavailable');
    expect(await createWhile(when, (files) => files.delete('marks.json'))).toBe('whole');
  });

  it.each(['before', 'after'] as const)('let it end when they are damaged meanwhile, %s its snapshot', async (when) => {
    expect(await createWhile(when, (files) => files.write('marks.json', 'damaged'), serializeChecked(good))).toBe('corrupt');
  });

  it.each(['before', 'after'] as const)('let it end when they are damaged in another way, %s its snapshot', async (when) => {
    expect(await createWhile(when, (files) => files.write('marks.json', 'damaged anew'))).toBe('corrupt');
  });
});

it('keeps the fields of marks that it does not know', async () => {
  const files = new MemoryFileStore();
  const [repository, source] = [new BackupRepository({ files }), await storeOf({ a: randomBytes(500) })];
  await repository.create(source);
  await source.write('a', randomBytes(500));
  await repository.create(source);
  await repository.prune({ olderThan: new Date('2100-01-01') });
  const { sha256: _, ...marks } = JSON.parse(await files.read('marks.json')) as { readonly sha256: string; readonly packs: object };
  const packs = Object.fromEntries(Object.entries(marks.packs).map(([id, each]) => [id, { ...each, by: 'x' }]));
  await files.write('marks.json', serializeChecked({ ...marks, packs, host: 'h', nested: { a: [1] } }));
  await repository.prune();
  expect(JSON.parse(await files.read('marks.json'))).toMatchObject({ host: 'h', nested: { a: [1] }, packs });
  expect(await repository.prune({ graceMs: 0 })).toMatchObject({ deletedPacks: 1 });
  expect(JSON.parse(await files.read('marks.json'))).toEqual(expect.objectContaining({ host: 'h', nested: { a: [1] }, packs: {} }));
  expect(await repository.verify()).toMatchObject({ isSound: true });
});
