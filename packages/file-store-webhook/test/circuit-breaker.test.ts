import { expect, it } from 'vitest';
import { CircuitBreaker } from '../src/circuit-breaker.ts';
import { ManualClock } from './manual-clock.ts';

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
