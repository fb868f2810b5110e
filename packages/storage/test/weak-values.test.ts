import { expect, test } from 'vitest';
import { WeakValues } from '../src/weak-values.ts';

test('a value is made once for each name while somebody holds it', () => {
  const values = new WeakValues<{ readonly name: string }>();
  const make = (name: string): { readonly name: string } => values.getOrMake(name, () => ({ name }));
  const held = [make('a'), make('b'), make('a')];
  expect(held[2]).toBe(held[0]);
  expect(values.all()).toEqual([{ name: 'a' }, { name: 'b' }]);
});

test('a value that could not be made is tried again', () => {
  const values = new WeakValues<object>();
  const failure = new Error('not yet');
  expect(() =>
    values.getOrMake('a', () => {
      throw failure;
    }),
  ).toThrow(failure);
  expect(values.all()).toEqual([]);
  expect(values.getOrMake('a', () => ({ made: true }))).toEqual({ made: true });
});
