import type { AbortOptions } from '@oh/file-store-core';
import { expect, it } from 'vitest';
import { WakeUps, waitForChange } from '../src/wake-ups.ts';

const never = (): Promise<void> => new Promise(() => undefined);

it('keeps nothing of those who waited in vain or were aborted', async () => {
  const wakeUps = new WakeUps();
  for (let n = 0; n < 3; n += 1) {
    await waitForChange(wakeUps, wakeUps.count, 1, async () => undefined, {});
  }
  expect(wakeUps.waiting).toBe(0);
  const controller = new AbortController();
  const waiting = waitForChange(wakeUps, wakeUps.count, 1, never, { signal: controller.signal });
  expect(wakeUps.waiting).toBe(1);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(wakeUps.waiting).toBe(0);
});

it('wakes all who wait, and those who would have waited for a change that has come', async () => {
  const wakeUps = new WakeUps();
  const seen = wakeUps.count;
  const waiting = [1, 2, 3].map(() => waitForChange(wakeUps, seen, 1, never, {}));
  wakeUps.wake();
  await Promise.all(waiting);
  await waitForChange(wakeUps, seen, 1, never, {});
  expect(wakeUps.waiting).toBe(0);
});

it('ends the delay of whoever was woken, and tells of a delay that fails', async () => {
  const wakeUps = new WakeUps();
  const signals: (AbortSignal | undefined)[] = [];
  const delay = async (_ms: number, { signal }: AbortOptions): Promise<void> => {
    signals.push(signal);
    await never();
  };
  const waiting = waitForChange(wakeUps, 0, 1, delay, {});
  wakeUps.wake();
  await waiting;
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  await expect(waitForChange(wakeUps, 1, 1, () => Promise.reject(new Error('no clock')), {})).rejects.toThrow('no clock');
});
