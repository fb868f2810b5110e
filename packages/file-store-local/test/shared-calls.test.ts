import { expect, it } from 'vitest';
import { SharedCalls } from '../src/shared-calls.ts';

it('makes one call for all who ask at the same moment, after the last of them has asked', async () => {
  const calls = new SharedCalls<number>();
  let state = 0;
  let made = 0;
  const ask = (): Promise<number> => {
    state += 1;
    return calls.run('key', () => {
      made += 1;
      return state;
    });
  };
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([3, 3, 3]);
  expect(made).toBe(1);
});

it('makes another call for who asks after one has begun', async () => {
  const calls = new SharedCalls<string>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: end } = Promise.withResolvers<void>();
  const first = calls.run('key', async () => {
    begin();
    await gate;
    return 'old';
  });
  await begun;
  expect(await calls.run('key', () => 'new')).toBe('new');
  end();
  expect(await first).toBe('old');
});

it('gives an error to all who share it, and to nobody else', async () => {
  const calls = new SharedCalls<string>();
  const failing = (): Promise<string> =>
    calls.run('key', () => {
      throw new Error('failed');
    });
  const [first, second, other] = await Promise.allSettled([failing(), failing(), calls.run('other', () => 'other')]);
  expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
  expect(other).toEqual({ status: 'fulfilled', value: 'other' });
  expect(await calls.run('key', () => 'again')).toBe('again');
});
