import { expect, it } from 'vitest';
import { operationWindow, RecentOperations } from '../src/recent-operations.ts';

it('keeps no more operations than there are events in which they are looked for', () => {
  const operations = new RecentOperations();
  for (let id = 0; id < 10 * operationWindow; id += 1) {
    operations.add(`op-${id}`, id);
  }
  expect(operations.size).toBe(operationWindow);
  expect(operations.find(`op-${9 * operationWindow}`, 10 * operationWindow)).toEqual([9 * operationWindow]);
});

it('has each event once, however often it was noted', () => {
  const operations = new RecentOperations();
  for (const id of [0, 1, 1, 0, 2]) {
    operations.add('op', id);
  }
  expect(operations.find('op', 3)).toEqual([0, 1, 2]);
});
