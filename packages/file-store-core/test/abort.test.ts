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

/** A source of one item whose `return` ends when it is told to. */
function slowToReturn(next: () => Promise<IteratorResult<number>>): { source: AsyncIterable<number>; calls: string[]; end: () => void } {
  const calls: string[] = [];
  const returning = Promise.withResolvers<void>();
  const iterator: AsyncIterator<number> = {
    next,
    return: async () => {
      calls.push('return');
      await returning.promise;
      calls.push('returned');
      return { done: true, value: undefined };
    },
  };
  return { source: { [Symbol.asyncIterator]: () => iterator }, calls, end: returning.resolve };
}

it('waits for a source that is left early, or fails, until it has let go of what it holds', async () => {
  const failure = new Error('mine');
  for (const next of [async () => ({ value: 1, done: false }), () => Promise.reject(failure)]) {
    const { source, calls, end } = slowToReturn(next);
    const take = async (): Promise<void> => {
      for await (const _ of abortable(source, new AbortController().signal)) {
        break;
      }
      calls.push('left');
    };
    const taking = take().catch((error: unknown) => calls.push(error === failure ? 'failed' : 'otherwise'));
    setImmediate(end);
    await taking;
    expect(calls.slice(0, 2)).toEqual(['return', 'returned']);
    expect(calls).toHaveLength(3);
    expect(calls).not.toContain('otherwise');
  }
});

it('waits for no source after an abort, but has it let go', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { source, calls } = slowToReturn(() => new Promise(() => undefined));
  const taking = abortable(source, controller.signal)[Symbol.asyncIterator]().next();
  controller.abort(reason);
  await expect(taking).rejects.toBe(reason);
  expect(calls).toEqual(['return']);
});
