import { getEventListeners } from 'node:events';
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

  it.each([0, -1, 1.5, Number.NaN])('refuses to visit %s at a time, instead of visiting none and saying nothing', async (maxInFlight) => {
    await expect(forEachConcurrently(items, { maxInFlight }, async () => undefined)).rejects.toThrow(RangeError);
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

  it('asks the source for nothing more once it is aborted', async () => {
    const stop = new AbortController();
    let asked = 0;
    function* source(): Generator<number> {
      for (;;) {
        asked += 1;
        yield asked;
      }
    }
    const reason = new Error('stop');
    await expect(forEachConcurrently(source(), { maxInFlight: 1, signal: stop.signal }, async () => stop.abort(reason))).rejects.toBe(
      reason,
    );
    expect(asked).toBe(1);
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

  it('follows the signal of the caller while it runs, and leaves nothing on it', async () => {
    const { signal } = new AbortController();
    const listeners: number[] = [];
    await forEachConcurrently(
      items,
      { maxInFlight: 3, signal },
      async () => void listeners.push(getEventListeners(signal, 'abort').length),
    );
    expect(new Set(listeners)).toEqual(new Set([1]));
    await expect(forEachConcurrently(items, { maxInFlight: 3, signal }, async () => Promise.reject(new Error('failed')))).rejects.toThrow();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('asks a source for no more than it begins, and lets it end', async () => {
    let given = 0;
    let ended = false;
    async function* source(): AsyncGenerator<number, void, undefined> {
      try {
        for (; ; given += 1) {
          yield given;
        }
      } finally {
        ended = true;
      }
    }
    const failure = new Error('one failed');
    const visited: number[] = [];
    const visiting = forEachConcurrently(source(), { maxInFlight: 3 }, async (item) => {
      visited.push(item);
      if (item === 10) {
        throw failure;
      }
    });
    await expect(visiting).rejects.toBe(failure);
    expect(visited.slice(0, 11)).toEqual(items.slice(0, 11));
    expect(given).toBeLessThanOrEqual(13);
    expect(ended).toBe(true);
  });

  it('asks a source that is no generator for one item after the other', async () => {
    let asked = 0;
    const next = async (): Promise<IteratorResult<number>> => {
      asked += 1;
      expect(asked).toBe(1);
      await new Promise(setImmediate);
      asked -= 1;
      left -= 1;
      return left < 0 ? { done: true, value: undefined } : { done: false, value: left };
    };
    let left = 5;
    const visited: number[] = [];
    await forEachConcurrently({ [Symbol.asyncIterator]: () => ({ next }) }, { maxInFlight: 3 }, async (item) => {
      visited.push(item);
    });
    expect(visited).toEqual([4, 3, 2, 1, 0]);
  });

  it('aborts the source with the visits, and the visits when the source fails', async () => {
    const failure = new Error('one failed');
    const waiting = async function* (signal: AbortSignal): AsyncGenerator<number, void, undefined> {
      yield 1;
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    await expect(forEachConcurrently(waiting, { maxInFlight: 2 }, async () => Promise.reject(failure))).rejects.toBe(failure);
    const failing = async function* (): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw failure;
    };
    const visiting = forEachConcurrently(failing(), { maxInFlight: 2 }, async (_item, signal) => {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
    });
    await expect(visiting).rejects.toBe(failure);
  });
});
