import { expect, it } from 'vitest';
import { parseRecord } from '../src/numbered-record.ts';
import { RecordPool } from '../src/record-pool.ts';

it('gives nobody the memory of a record that is in use, and gives it out again', async () => {
  const pool = new RecordPool(1400);
  const release = Promise.withResolvers<void>();
  let held: Buffer | undefined;
  const first = pool.use(1, (record) => {
    held = record;
    return release.promise;
  });
  await pool.use(2, (record) => expect(parseRecord(record)).toBe(2));
  expect(parseRecord(held ?? Buffer.alloc(0))).toBe(1);
  release.resolve();
  await first;
  const seen = new Set<Buffer>();
  for (let number = 3; number < 9; number += 1) {
    await pool.use(number, (record) => {
      expect(parseRecord(record)).toBe(number);
      seen.add(record);
    });
  }
  expect(seen.size).toBe(1);
});
