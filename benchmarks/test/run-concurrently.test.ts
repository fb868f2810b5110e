import { describe, expect, it } from 'vitest';
import { runConcurrently } from '../src/run-concurrently.ts';

describe('runConcurrently', () => {
  it('runs each value once, so many at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await runConcurrently(3, [0, 1, 2, 3, 4, 5, 6], async (value) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      done.push(value);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('fails as its action does', async () => {
    await expect(runConcurrently(2, [1, 2, 3], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
