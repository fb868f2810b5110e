import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contents, Operation } from '../src/history.ts';
import { checkLinearizability } from '../src/linearizability.ts';
import { isLinearizable } from './brute-force.ts';

type Outcome = Operation['outcome'];

function change(expected: Contents, replacement: Contents, calledAt: number, answeredAt: number, outcome: Outcome = 'done'): Operation {
  return { path: 'file', caller: 'test', expected, replacement, outcome, calledAt, answeredAt };
}

function openChange(expected: Contents, replacement: Contents, calledAt: number): Operation {
  return change(expected, replacement, calledAt, Number.POSITIVE_INFINITY, 'open');
}

function read(contents: Contents, calledAt: number, answeredAt: number): Operation {
  return change(contents, contents, calledAt, answeredAt);
}

describe('a history is linearizable', () => {
  test.each<[string, Operation[]]>([
    ['when nothing was done', []],
    ['when a missing file was read', [read(undefined, 1, 2)]],
    ['when one after another saw the last', [change(undefined, 'a', 1, 2), change('a', 'b', 3, 4), read('b', 5, 6)]],
    [
      'when a read during a change saw the old file',
      [change(undefined, 'a', 1, 2), change('a', 'b', 3, 9), read('a', 4, 5), read('b', 6, 7)],
    ],
    ['when of two creates one was refused', [change(undefined, 'a', 1, 4), change(undefined, 'b', 2, 3, 'refused')]],
    [
      'when a file was created again after its deletion',
      [change(undefined, 'a', 1, 2), change('a', undefined, 3, 4), change(undefined, 'b', 5, 6)],
    ],
    ['when overlapping changes have but one order', [change('b', 'c', 1, 9), change('a', 'b', 2, 8), change(undefined, 'a', 3, 7)]],
    [
      'when an open change never happened',
      [change(undefined, 'a', 1, 2), openChange('a', 'b', 3), read('a', 4, 5), change('a', 'c', 6, 7)],
    ],
    ['when an open change happened late', [change(undefined, 'a', 1, 2), openChange('a', 'b', 3), read('a', 4, 5), read('b', 6, 7)]],
    [
      'when only a refusal tells of an open change',
      [change(undefined, 'a', 1, 2), openChange('a', 'b', 3), change('a', 'c', 4, 5, 'refused')],
    ],
    ['when an open deletion made room', [change(undefined, 'a', 1, 2), openChange('a', undefined, 3), change(undefined, 'b', 4, 5)]],
    ['when an answer and a call fall on one instant', [change(undefined, 'a', 1, 5), read(undefined, 5, 6)]],
  ])('%s', (_, operations) => {
    expect(checkLinearizability(operations).fault).toBeUndefined();
  });
});

describe('a history is not linearizable', () => {
  const [create, replace] = [change(undefined, 'a', 1, 2), change('a', 'b', 3, 4)];

  test.each<[string, Operation[], Operation, Contents[]]>([
    ['by a stale read', [create, replace], read('a', 5, 6), ['b']],
    ['by a read that goes back', [create, change('a', 'b', 3, 9), read('b', 4, 5)], read('a', 6, 7), ['b']],
    ['by a lost update', [create, replace], change('a', 'c', 3, 5), ['b']],
    ['by a double create', [create], change(undefined, 'c', 1, 3), ['a']],
    ['by contents out of nothing', [create], read('x', 3, 4), ['a']],
    ['by contents from the future', [change(undefined, 'a', 3, 4)], read('a', 1, 2), [undefined]],
    ['by a refusal without a reason', [create], change('a', 'b', 3, 4, 'refused'), ['a']],
    ['by a deletion that comes back', [create, change('a', undefined, 3, 4)], read('a', 5, 6), [undefined]],
    ['by a double deletion', [create, change('a', undefined, 3, 4)], change('a', undefined, 3, 5), [undefined]],
    ['by an open change that happened and was undone', [create, openChange('a', 'b', 3), read('b', 4, 5)], read('a', 6, 7), ['b']],
    ['by an open change that was seen before its call', [create, openChange('a', 'b', 6)], read('b', 4, 5), ['a']],
    [
      'by an open create that happened twice',
      [openChange(undefined, 'b', 1), read('b', 2, 3), change('b', undefined, 4, 5)],
      read('b', 6, 7),
      [undefined],
    ],
  ])('%s', (_, others, wrong, possible) => {
    expect(checkLinearizability([wrong, ...others]).fault).toEqual({ operation: wrong, possible });
  });
});

/** Spans overlap in half of the cases; each change has contents of its own, and expects any, also some that nobody writes. */
const anyOperations: fc.Arbitrary<Operation[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('read', 'write', 'write', 'delete'),
      expected: fc.constantFrom(undefined, 'w0', 'w1', 'w2', 'w3'),
      outcome: fc.constantFrom<Outcome>('done', 'done', 'refused', 'open'),
      calledAt: fc.nat(12),
      length: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 6 },
  )
  .map((parts) =>
    parts.map(({ kind, expected, outcome, calledAt, length }, index) => {
      if (kind === 'read') {
        return read(expected, calledAt, calledAt + length);
      }
      const replacement = kind === 'delete' ? undefined : `w${index}`;
      return outcome === 'open'
        ? openChange(expected, replacement, calledAt)
        : change(expected, replacement, calledAt, calledAt + length, outcome);
    }),
  );

test('the verdict on small random histories is that of trying every order', () => {
  const verdicts = { true: 0, false: 0 };
  fc.assert(
    fc.property(anyOperations, (operations) => {
      const verdict = isLinearizable(operations);
      verdicts[`${verdict}`] += 1;
      expect(checkLinearizability(operations).fault === undefined).toBe(verdict);
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(500);
});

test('a long history is checked in one pass: what was answered is not searched again', () => {
  const length = 20_000;
  const operations = Array.from({ length }, (_, index) => {
    const [expected, replacement] = [index === 0 ? undefined : `w${index - 1}`, `w${index}`];
    return [change(expected, replacement, index * 4, index * 4 + 3), read(replacement, index * 4 + 1, index * 4 + 5)];
  });
  const { fault, searched } = checkLinearizability(operations.flat());
  expect(fault).toBeUndefined();
  expect(searched).toBeLessThan(length * 8);
});

/** Files that come and go at one instant, so that any order of them is possible. */
function racers(count: number): Operation[] {
  return Array.from({ length: count }, (_, index) => [change(undefined, `w${index}`, 1, 3), change(`w${index}`, undefined, 1, 3)]).flat();
}

test('what was searched once is remembered: racers cost the number of their subsets, not of their orders', () => {
  const { fault, searched } = checkLinearizability(racers(11));
  expect(fault).toBeUndefined();
  expect(searched).toBeLessThan(50_000);
});

test('more possibilities than fit into memory are an error, not a verdict', () => {
  expect(() => checkLinearizability(racers(11), 1000)).toThrow(RangeError);
});
