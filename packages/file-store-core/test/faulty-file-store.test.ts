import { describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../src/index.ts';
import { createFaultyFileStore, describeFileStore, type FileStoreFault } from '../src/testing/index.ts';

const memory = new MemoryFileStore();

describeFileStore('createFaultyFileStore without faults', {
  open: async () => createFaultyFileStore(new MemoryFileStore(), { faults: [] }),
  capabilities: memory.capabilities,
});

describe('createFaultyFileStore', () => {
  it('fails before the operation, which is not done, or after it', async () => {
    const store = new MemoryFileStore();
    const before = createFaultyFileStore(store, { faults: [{}] });
    await expect(before.write('a', 'x')).rejects.toMatchObject({ code: 'unavailable', path: 'a', retryable: true });
    expect(await store.list()).toEqual([]);
    const after = createFaultyFileStore(store, { faults: [{ at: 'after', code: 'timeout' }] });
    await expect(after.write('a', 'x')).rejects.toMatchObject({ code: 'timeout' });
    expect(await store.read('a')).toBe('x');
    expect([before.faultCount, after.faultCount]).toEqual([1, 1]);
  });

  it('fails every kind of operation', async () => {
    const store = new MemoryFileStore();
    await store.write('a', 'x');
    const faulty = createFaultyFileStore(store, { faults: [{ code: 'permission-denied' }] });
    const operations = [
      () => faulty.write('a', 'y'),
      () => faulty.append('a', 'y'),
      () => faulty.read('a'),
      () => faulty.exists('a'),
      () => faulty.list(),
      () => faulty.entries()[Symbol.asyncIterator]().next(),
      () => faulty.delete('a'),
      () => faulty.copy('a', 'b'),
      () => faulty.move('a', 'b'),
    ];
    for (const operation of operations) {
      await expect(operation(), `${operation}`).rejects.toMatchObject({ code: 'permission-denied' });
    }
    expect(faulty.faultCount).toBe(operations.length);
    expect([await store.list(), await store.read('a')]).toEqual([['a'], 'x']);
  });

  it('strikes what matches, after those spared, so often', async () => {
    const store = createFaultyFileStore(new MemoryFileStore(), {
      faults: [{ operations: ['write'], match: (path) => path.startsWith('bad'), skip: 1, times: 2 }],
    });
    const written: boolean[] = [];
    for (const path of ['bad', 'good', 'bad', 'good', 'bad', 'bad']) {
      written.push(
        await store.write(path, 'x').then(
          () => true,
          () => false,
        ),
      );
    }
    expect(written).toEqual([true, true, false, true, false, true]);
    expect(await store.read('bad')).toBe('x');
  });

  it('strikes by chance, the same for the same seed', async () => {
    const faults: readonly FileStoreFault[] = [{ probability: 0.3 }];
    const run = async (seed: number): Promise<string> => {
      const store = createFaultyFileStore(new MemoryFileStore(), { faults, seed });
      const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => store.write(`${i}`, 'x')));
      return results.map(({ status }) => (status === 'fulfilled' ? '.' : 'x')).join('');
    };
    const struck = await run(7);
    expect(await run(7)).toBe(struck);
    expect(await run(8)).not.toBe(struck);
    expect(struck.replaceAll('.', '').length).toBeGreaterThan(30);
    expect(struck.replaceAll('.', '').length).toBeLessThan(90);
  });
});
