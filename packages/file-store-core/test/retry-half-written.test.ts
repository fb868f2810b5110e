import { describe, expect, it } from 'vitest';
import { FileStoreError, MemoryFileStore, retryHalfWritten } from '../src/index.ts';

const path = 'settings.json';

function damage(): FileStoreError {
  return new FileStoreError('corrupt', 'half of it is there', { path });
}

describe('a file that another program writes in place', () => {
  it('is read again until it is whole', async () => {
    const store = new MemoryFileStore();
    await store.write(path, '{"a":');
    let looks = 0;
    const read = async (): Promise<unknown> => {
      looks += 1;
      if (looks === 3) {
        await store.write(path, '{"a":1}');
      }
      try {
        return JSON.parse(await store.read(path));
      } catch {
        throw damage();
      }
    };
    expect(await retryHalfWritten(store, path, read)).toEqual({ a: 1 });
    expect(looks).toBe(3);
  });

  it('is damaged when it stays so, be that thrown or a result', async () => {
    const store = new MemoryFileStore();
    await store.write(path, '{');
    let looks = 0;
    const fail = (): Promise<never> => {
      looks += 1;
      return Promise.reject(damage());
    };
    const beganAt = performance.now();
    await expect(retryHalfWritten(store, path, fail)).rejects.toEqual(damage());
    expect(looks).toBe(4);
    // The other program has had its time: 31 milliseconds, less what timers are early.
    expect(performance.now() - beganAt).toBeGreaterThan(25);
    const tell = (): Promise<string> => Promise.resolve(`look ${looks++}`);
    expect(await retryHalfWritten(store, path, tell, { isDamaged: () => true })).toBe('look 7');
  });

  it('is damaged at once when nobody has changed it for a second', async () => {
    const store = new MemoryFileStore({ now: () => new Date(Date.now() - 1001) });
    await store.write(path, '{');
    let looks = 0;
    const tell = (): Promise<number> => Promise.resolve(++looks);
    expect(await retryHalfWritten(store, path, tell, { isDamaged: () => true })).toBe(1);
  });

  it('is read once where something else is wrong', async () => {
    const store = new MemoryFileStore();
    await store.write(path, '{');
    for (const error of [
      new FileStoreError('unavailable', 'x', { path }),
      new FileStoreError('corrupt', 'x', { path: 'other' }),
      new TypeError('x'),
    ]) {
      let looks = 0;
      const fail = (): Promise<never> => {
        looks += 1;
        return Promise.reject(error);
      };
      await expect(retryHalfWritten(store, path, fail)).rejects.toBe(error);
      expect(looks).toBe(1);
    }
  });

  it('is waited for no longer than the caller wants', async () => {
    const store = new MemoryFileStore();
    await store.write(path, '{');
    const caller = new AbortController();
    const abort = (): Promise<never> => {
      caller.abort(new Error('enough'));
      return Promise.reject(damage());
    };
    await expect(retryHalfWritten(store, path, abort, { signal: caller.signal })).rejects.toThrow('enough');
  });

  it('is waited for no longer than the caller wants where the store is slow to say when it has changed', async () => {
    const caller = new AbortController();
    const store = new MemoryFileStore();
    store.stat = (_, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        caller.abort(new Error('enough'));
      });
    const looking = retryHalfWritten(store, path, () => Promise.reject(damage()), { signal: caller.signal });
    await expect(looking).rejects.toThrow('enough');
  });
});
