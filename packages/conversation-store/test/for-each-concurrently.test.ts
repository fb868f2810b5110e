import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../src/for-each-concurrently.ts';

const items = Array.from({ length: 50 }, (_, index) => index);

describe('forEachConcurrently', () => {
  it('visits every item once, no more than so many at a time', async () => {
    const visited: number[] = [];
    let running = 0;
    let most = 0;
    await forEachConcurrently(items, { maxInFlight: 7 }, async (item) => {
      running += 1;
      most = Math.max(most, running);
      visited.push(item);
      await new Promise(setImmediate);
      running -= 1;
    });
    expect(visited).toEqual(items);
    expect(most).toBe(7);
  });

  it('visits nothing of nothing', async () => {
    await forEachConcurrently([], { maxInFlight: 7 }, async () => expect.unreachable());
  });

  it('throws the first failure, aborts the other visits with it, and begins no more', async () => {
    const failure = new Error('one failed');
    const begun: number[] = [];
    const reasons: unknown[] = [];
    const visiting = forEachConcurrently(items, { maxInFlight: 3 }, async (item, signal) => {
      begun.push(item);
      if (item === 2) {
        throw failure;
      }
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
      reasons.push(signal.reason);
    });
    await expect(visiting).rejects.toBe(failure);
    expect(begun).toEqual([0, 1, 2]);
    expect(reasons).toEqual([failure, failure]);
  });

  it('rejects with the reason of an abort before and in flight', async () => {
    const reason = new Error('stop');
    const aborted = AbortSignal.abort(reason);
    await expect(forEachConcurrently(items, { maxInFlight: 3, signal: aborted }, async () => expect.unreachable())).rejects.toBe(reason);
    const controller = new AbortController();
    const begun: number[] = [];
    const visiting = forEachConcurrently(items, { maxInFlight: 3, signal: controller.signal }, async (item) => {
      begun.push(item);
      controller.abort(reason);
    });
    await expect(visiting).rejects.toBe(reason);
    expect(begun).toEqual([0]);
  });
});
