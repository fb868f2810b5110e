import { InvalidArgumentError } from 'commander';

/**
 * Makes the parser of an option that is a whole number.
 *
 * @param max Largest number. Default: none. @param min Smallest number.
 * @returns A parser that throws commander's `InvalidArgumentError`.
 */
export function countParser(max: number = Number.MAX_SAFE_INTEGER, min: 0 | 1 = 1): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (count >= min && count <= max) {
      return count;
    }
    throw new InvalidArgumentError(`It is a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}.`);
  };
}
