import { expect, it } from 'vitest';
import { PathLocks } from '../src/path-locks.ts';

it('lets holders of a key follow each other in order of arrival', async () => {
  const locks = new PathLocks();
  const order: number[] = [];
  const hold = (index: number): Promise<void> =>
    locks.run('key', undefined, async () => {
      order.push(index);
      await Promise.resolve();
      order.push(index);
    });
  await Promise.all([hold(1), hold(2), hold(3), locks.run('other', undefined, async () => order.push(0))]);
  expect(order.filter((index) => index > 0)).toEqual([1, 1, 2, 2, 3, 3]);
});

it('keeps out who comes after a holder has left to another one that waited', async () => {
  const locks = new PathLocks();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const begun = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = locks.run('key', undefined, () => gates[0].promise);
  const second = locks.run('key', undefined, async () => {
    begun.resolve();
    await gates[1].promise;
    order.push('second');
  });
  gates[0].resolve();
  await first;
  await begun.promise;
  const third = locks.run('key', undefined, async () => void order.push('third'));
  await new Promise((resolve) => setImmediate(resolve));
  gates[1].resolve();
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
});

it('ends the waiting at an abort, and lets nobody behind overtake the holder', async () => {
  const locks = new PathLocks();
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = locks.run('key', undefined, () => gate.promise.then(() => void order.push('first')));
  const controller = new AbortController();
  const aborted = locks.run('key', controller.signal, async () => void order.push('aborted'));
  const last = locks.run('key', undefined, async () => void order.push('last'));
  const reason = new Error('stopped waiting');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  expect(order).toEqual([]);
  gate.resolve();
  await Promise.all([first, last]);
  expect(order).toEqual(['first', 'last']);
});

it('begins nothing after an abort, whether the key is free or held', async () => {
  const locks = new PathLocks();
  const reason = new Error('stopped before');
  const signal = AbortSignal.abort(reason);
  const begun: string[] = [];
  await expect(locks.run('key', signal, async () => begun.push('free'))).rejects.toBe(reason);
  const gate = Promise.withResolvers<void>();
  const holder = locks.run('key', undefined, () => gate.promise);
  await expect(locks.run('key', signal, async () => begun.push('held'))).rejects.toBe(reason);
  gate.resolve();
  await holder;
  expect(begun).toEqual([]);
});
