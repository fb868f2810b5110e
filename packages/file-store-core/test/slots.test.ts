import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { Slots } from '../src/slots.ts';

it('lets only so many be under way, in order of arrival, and goes on after a failure', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const running = gates.map((gate, i) =>
    slots.run(undefined, async () => {
      begun.push(i);
      await gate.promise;
    }),
  );
  await expect.poll(() => begun.length).toBe(2);
  expect(begun).toEqual([0, 1]);
  gates[1]?.reject(new Error('failed'));
  await expect(running[1]).rejects.toThrow('failed');
  const late = slots.run(undefined, async () => void begun.push(5));
  for (const gate of gates) {
    gate.resolve();
  }
  await Promise.allSettled(running);
  await late;
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
});

it('ends the waiting at an abort, and gives the slot to the next', async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.run(undefined, () => gate.promise);
  const controller = new AbortController();
  const aborted = slots.run(controller.signal, async () => 'never');
  const last = slots.run(undefined, async () => 'last');
  const reason = new Error('stopped waiting');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  gate.resolve();
  await first;
  expect(await last).toBe('last');
});

it('does not wait at all for a signal that is aborted already', async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.run(undefined, () => gate.promise);
  const reason = new Error('stopped before');
  await expect(slots.run(AbortSignal.abort(reason), async () => 'never')).rejects.toBe(reason);
  gate.resolve();
  await first;
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to let %s be under way, which would never end', (count) => {
  expect(() => new Slots(count)).toThrow(RangeError);
});

it('lets timers have their turn however many operations never wait for anything', async () => {
  const slots = new Slots(1);
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, 1);
  const endsAt = performance.now() + 5_000;
  while (!isOver && performance.now() < endsAt) {
    await slots.run(undefined, async () => undefined);
  }
  expect(isOver).toBe(true);
});

it('lets all who ended in a turn go on in the next one, and none have it for itself', async () => {
  const slots = new Slots(4);
  const order: number[] = [];
  const endsAt = performance.now() + 50;
  const work = async (index: number): Promise<void> => {
    while (order.length < 100 || performance.now() < endsAt) {
      await slots.run(undefined, async () => void order.push(index));
    }
  };
  await Promise.all([0, 1, 2, 3].map(work));
  const longest = Math.max(
    ...(order
      .join('')
      .match(/0+|1+|2+|3+/g)
      ?.map(({ length }) => length) ?? []),
  );
  expect(longest).toBeLessThanOrEqual(2);
});

it('listens to a signal while it waits, and no longer', async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.run(undefined, () => gate.promise);
  const { signal } = new AbortController();
  const second = slots.run(signal, async () => getEventListeners(signal, 'abort').length);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  gate.resolve();
  await first;
  expect(await second).toBe(0);
});
