import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Notice } from '../src/notice.ts';
import { OpenBatch } from '../src/open-batch.ts';

const paths = ['a', 'b', 'd', 'd/x', 'd/y', 'd/e', 'd/e/z', 'dx'] as const;

/** A receiver: it has files by path; a delete takes what lies below along. */
function receive(files: Map<string, string>, { path, change }: Notice): void {
  if (change.kind === 'written') {
    files.set(path, Buffer.from(change.bytes).toString());
  }
  if (change.kind === 'deleted') {
    for (const each of [...files.keys()].filter((file) => file === path || file.startsWith(`${path}/`))) {
      files.delete(each);
    }
  }
}

const noticeArbitrary = fc.record({ path: fc.constantFrom(...paths), deletes: fc.boolean() });

function toNotices(operations: readonly { readonly path: string; readonly deletes: boolean }[]): Notice[] {
  return operations.map(({ path, deletes }, i) => ({
    id: String(i),
    path,
    change: deletes ? { kind: 'deleted' } : { kind: 'written', bytes: Buffer.from(String(i)) },
  }));
}

it('leaves the receiver with what the notices one by one would leave, whatever it had before', () => {
  fc.assert(
    fc.property(fc.array(noticeArbitrary, { maxLength: 30 }), fc.subarray([...paths]), (operations, before) => {
      const notices = toNotices(operations);
      const batch = new OpenBatch();
      const superseded = notices.map((notice) => batch.add(notice)).filter((notice) => notice !== undefined);
      const [oneByOne, batched] = [new Map(before.map((path) => [path, 'old'])), new Map(before.map((path) => [path, 'old']))];
      for (const notice of notices) {
        receive(oneByOne, notice);
      }
      for (const notice of batch.notices) {
        receive(batched, notice);
      }
      expect(Object.fromEntries(batched)).toEqual(Object.fromEntries(oneByOne));
      expect(new Set([...batch.notices, ...superseded])).toEqual(new Set(notices));
      const bytes = batch.notices.reduce((sum, { change }) => sum + (change.kind === 'written' ? change.bytes.byteLength : 0), 0);
      expect(batch.bytes).toBe(bytes);
    }),
    { numRuns: 3_000 },
  );
});

it('keeps one notice of a path that is written again and again', () => {
  const batch = new OpenBatch();
  for (const notice of toNotices(Array.from({ length: 1_000 }, () => ({ path: 'a', deletes: false })))) {
    batch.add(notice);
  }
  expect(batch.notices.map(({ id }) => id)).toEqual(['999']);
});

it('lets what has to be looked at pass no notice below its path', () => {
  const batch = new OpenBatch();
  batch.add({ id: '1', path: 'd', change: { kind: 'changed' } });
  batch.add({ id: '2', path: 'd/x', change: { kind: 'written', bytes: Buffer.from('x') } });
  batch.add({ id: '3', path: 'd', change: { kind: 'changed' } });
  expect(batch.notices.map(({ id }) => id)).toEqual(['1', '2', '3']);
});
