import { InvalidArgumentError } from 'commander';

/**
 * Makes the parser of an option that is a whole number.
 *
 * @param max Largest number. Default: none.
 * @returns A parser that throws commander's `InvalidArgumentError`.
 */
export function countParser(max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (count >= 1 && count <= max) {
      return count;
    }
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER ? 'It is a whole number from 1.' : `It is a whole number from 1 to ${max}.`,
    );
  };
}
