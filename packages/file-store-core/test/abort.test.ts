import { expect, it } from 'vitest';
import { abortable } from '../src/abort.ts';

it('ends the items of a source that is silent when the abort has come between two of them', async () => {
  const controller = new AbortController();
  const silent: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => {
      const left = [1];
      return { next: () => (left.length > 0 ? Promise.resolve({ value: Number(left.pop()), done: false }) : new Promise(() => undefined)) };
    },
  };
  const taken: number[] = [];
  const reason = new Error('enough');
  const take = async (): Promise<void> => {
    for await (const item of abortable(silent, controller.signal)) {
      taken.push(item);
      controller.abort(reason);
    }
  };
  await expect(take()).rejects.toBe(reason);
  expect(taken).toEqual([1]);
});
