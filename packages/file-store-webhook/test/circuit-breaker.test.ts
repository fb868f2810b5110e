import { MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, type FileStoreFault } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../src/circuit-breaker.ts';
import { ManualClock } from './manual-clock.ts';
import { drainClock, openFailing } from './open-failing.ts';

it.each([
  ['the time for a probe has come', (clock: ManualClock) => clock.advance(70_000)],
  ['the receiver is up again', (_: ManualClock, breaker: CircuitBreaker) => breaker.report({ isUp: true })],
])('keeps nobody waiting who begins to wait when %s', async (_, change) => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failures: 1, probeAfterMs: 70_000 }, clock, () => undefined);
  breaker.report({ isUp: false });
  expect(breaker.tryEnter()).toBe(false);
  change(clock, breaker);
  await breaker.changed();
  expect(breaker.tryEnter()).toBe(true);
});

describe('the circuit breaker', () => {
  it('leaves a receiver that is down alone, and sends one probe when its time has come', async () => {
    await using hook = await openFailing({ circuitBreaker: { failures: 2, probeAfterMs: 70_000 }, maxInFlight: 1, attemptDelayMs: 0 });
    await Promise.all(['a', 'b', 'c', 'd'].map((path) => hook.store.write(path, 'x')));
    await hook.clock.timer((delay) => delay === 70_000);
    hook.clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hook.receiver.received).toHaveLength(2);
    hook.clock.advance(70_000);
    await hook.receiver.count(3);
    await hook.clock.timer((delay) => delay === 70_000);
    hook.clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hook.receiver.received).toHaveLength(3);
    hook.receiver.answer = () => 200;
    hook.clock.advance(70_000);
    await drainClock(hook.clock, hook.receiver.count(7));
    await drainClock(hook.clock, hook.store.flush());
    expect(hook.receiver.told.slice(3).toSorted()).toEqual(['POST a', 'POST b', 'POST c', 'POST d']);
  });

  it('counts its time from the failure that opened it, and not from those that were under way', async () => {
    await using hook = await openFailing({ circuitBreaker: { failures: 1, probeAfterMs: 70_000 }, attempts: 1, retryDelaysMs: [] });
    const late = Promise.withResolvers<number>();
    hook.receiver.answer = ({ target }) => (target.endsWith('/late') ? late.promise : 500);
    await hook.store.write('late', 'x');
    await hook.receiver.count(1);
    await hook.store.write('a', 'x');
    await hook.clock.timer((delay) => delay === 70_000);
    hook.clock.advance(10_000);
    late.resolve(500);
    await hook.store.flush();
    await hook.store.write('b', 'x');
    hook.clock.advance(60_000);
    await hook.receiver.count(3);
    expect(hook.receiver.told[2]).toBe('POST b');
  });

  it.each([
    ['has nothing to send any more', [], 'gone/file'],
    ['cannot read what it is to send', [{ operations: ['open'], times: 1 }], 'gone'],
  ] satisfies [string, readonly FileStoreFault[], string][])(
    'lets the next one probe when the one whose turn it is %s',
    async (_, faults, present) => {
      const memory = new MemoryFileStore();
      const down = { circuitBreaker: { failures: 1, probeAfterMs: 70_000 }, attempts: 1, retryDelaysMs: [] };
      await using hook = await openFailing(down, createFaultyFileStore(memory, { faults }));
      await hook.store.write('first', 'x');
      await hook.store.flush();
      for (const path of ['gone', 'a', 'b']) {
        await hook.store.append(path, 'x');
      }
      await memory.delete('gone');
      await memory.write(present, 'x');
      hook.receiver.answer = () => 200;
      hook.clock.advance(70_000);
      await hook.store.flush();
      expect(hook.receiver.told.slice(1).toSorted()).toEqual(['POST a', 'POST b']);
    },
  );

  it('opens at once for as long as 503 asks by Retry-After', async () => {
    await using hook = await openFailing({ circuitBreaker: { failures: 100, probeAfterMs: 60_000 }, maxInFlight: 1 });
    hook.receiver.answer = () => ({ status: 503, headers: { 'retry-after': '30' } });
    await hook.store.write('a', 'x');
    await hook.receiver.count(1);
    await hook.clock.timer((delay) => delay === 30_000);
    hook.receiver.answer = () => 200;
    await hook.store.write('b', 'x');
    await new Promise((resolve) => setImmediate(resolve));
    expect(hook.receiver.received).toHaveLength(1);
    hook.clock.advance(30_000);
    await hook.store.flush();
    expect(hook.receiver.told.slice(1).toSorted()).toEqual(['POST a', 'POST b']);
  });

  it('counts that the receiver has too much to do', async () => {
    await using hook = await openFailing({ circuitBreaker: { failures: 1, probeAfterMs: 70_000 }, attempts: 1, retryDelaysMs: [] });
    hook.receiver.answer = () => 429;
    await hook.store.write('a', 'x');
    await hook.store.flush();
    expect(hook.clock.delays).toContain(70_000);
  });

  it('does not count what says nothing of the receiver', async () => {
    await using hook = await openFailing({ circuitBreaker: { failures: 1, probeAfterMs: 70_000 }, attempts: 1, retryDelaysMs: [] });
    hook.receiver.answer = () => 404;
    for (const path of ['a', 'b', 'c']) {
      await hook.store.write(path, 'x');
    }
    await hook.store.flush();
    expect(hook.receiver.received).toHaveLength(3);
  });
});
