import type { Contents, Operation } from '../src/history.ts';

/** Decides the same as `checkLinearizability` by trying every order: for a handful of operations only. */
export function isLinearizable(operations: readonly Operation[], contents: Contents = undefined): boolean {
  if (operations.every(({ outcome }) => outcome === 'open')) {
    return true;
  }
  const firstAnswer = Math.min(...operations.map(({ answeredAt }) => answeredAt));
  return operations.some((operation, index) => {
    const others = operations.toSpliced(index, 1);
    const isExpected = operation.expected === contents;
    const canBeNext = operation.calledAt <= firstAnswer && (operation.outcome === 'open' || isExpected === (operation.outcome === 'done'));
    return canBeNext && isLinearizable(others, isExpected && operation.outcome !== 'refused' ? operation.replacement : contents);
  });
}
