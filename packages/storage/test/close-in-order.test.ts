import { expect, test } from 'vitest';
import { closeInOrder } from '../src/close-in-order.ts';

test('one that fails to close keeps no other open, and is told', async () => {
  const order: string[] = [];
  const failing = (name: string): object => ({
    close: async () => {
      order.push(name);
      throw new Error(name);
    },
  });
  await expect(closeInOrder([failing('one'), {}, failing('two')])).rejects.toThrow('one');
  expect(order).toEqual(['one', 'two']);
});
