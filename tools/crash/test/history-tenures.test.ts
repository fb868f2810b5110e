import { expect, test } from 'vitest';
import { countTakeovers, findTenureFaults, type Tenure } from '../src/history-tenures.ts';

function tenure(holder: string, token: number, heldFrom: number, heldUntil: number, path = 'lease'): Tenure {
  return { path, holder, token, heldFrom, heldUntil, isReleased: false };
}

test('tenures that follow one another with rising tokens are no fault, nor is a token that nobody had', () => {
  expect(findTenureFaults([tenure('b', 3, 5, 6), tenure('a', 1, 1, 4), tenure('c', 1, 2, 3, 'other')])).toEqual([]);
});

test.each([
  ['one token for two holders', [tenure('a', 1, 1, 2), tenure('b', 1, 3, 4)], 'were given one token'],
  ['two holders at a time', [tenure('a', 1, 1, 4), tenure('b', 2, 3, 6)], 'held the lease at the same time'],
  ['a token that is lower than an earlier one', [tenure('a', 2, 1, 2), tenure('b', 1, 3, 4)], 'the higher token came first'],
])('%s is a fault', (_, tenures, message) => {
  const faults = findTenureFaults(tenures);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(message);
});

test('a lease is taken over when the one before it was never released', () => {
  const released = { ...tenure('b', 2, 3, 4), isReleased: true };
  expect(countTakeovers([tenure('d', 4, 7, 8), tenure('a', 1, 1, 2), released, tenure('c', 3, 5, 6)])).toBe(2);
});
