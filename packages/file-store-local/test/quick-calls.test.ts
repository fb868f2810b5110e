import { expect, it } from 'vitest';
import { QuickCalls } from '../src/quick-calls.ts';

/** Calls of which each takes as long as it is told; the answer is where it was made. */
function timed(): { call: (ms: number) => Promise<string>; pass: (ms: number) => void } {
  let now = 0;
  const calls = new QuickCalls(() => now);
  const call = (ms: number): Promise<string> =>
    calls.run(
      () => {
        now += ms;
        return 'here';
      },
      () => Promise.resolve('pool'),
    );
  return { call, pass: (ms) => (now += ms) };
}

async function make(call: (ms: number) => Promise<string>, count: number, ms: number): Promise<Set<string>> {
  const places = new Set<string>();
  for (let i = 0; i < count; i += 1) {
    places.add(await call(ms));
  }
  return places;
}

it('makes calls on the calling thread as long as they are quick', async () => {
  const { call } = timed();
  expect(await make(call, 1000, 0.5)).toEqual(new Set(['here']));
});

it('hands calls to the pool after four slow ones in a row', async () => {
  const { call } = timed();
  expect(await make(call, 4, 5)).toEqual(new Set(['here']));
  expect(await make(call, 100, 5)).toEqual(new Set(['pool']));
});

it('tries one call after 50 ms, and goes back to the pool when that is slow', async () => {
  const { call, pass } = timed();
  await make(call, 4, 5);
  pass(49);
  expect(await call(5)).toBe('pool');
  pass(1);
  expect(await call(5)).toBe('here');
  expect(await call(5)).toBe('pool');
});

it('stays on the calling thread once calls are quick again', async () => {
  const { call, pass } = timed();
  await make(call, 4, 5);
  pass(50);
  expect(await make(call, 100, 0.01)).toEqual(new Set(['here']));
});

it('does not mind a slow call among many quick ones, as on a busy machine', async () => {
  const { call } = timed();
  for (let i = 0; i < 50; i += 1) {
    expect(await make(call, 16, 0.01)).toEqual(new Set(['here']));
    expect(await call(5)).toBe('here');
  }
});

it('counts slow calls that fail', async () => {
  let now = 0;
  const calls = new QuickCalls(() => now);
  const fail = (): never => {
    now += 5;
    throw new Error('EIO');
  };
  for (let i = 0; i < 4; i += 1) {
    await expect(calls.run(fail, () => Promise.resolve())).rejects.toThrow('EIO');
  }
  expect(await calls.run(fail, () => Promise.resolve('pool'))).toBe('pool');
});
