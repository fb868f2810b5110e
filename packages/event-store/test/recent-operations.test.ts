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
