import { randomBytes } from '../test-data.ts';

/** Choices that look random and are the same for the same seed. */
export class SeededRandom {
  #seed: number;

  constructor(seed: number) {
    // Spread, so that the choices of neighbouring seeds do not overlap.
    this.#seed = Math.imul(seed, 0x9e3779b1);
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    this.#seed = (this.#seed + 4) | 0;
    const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4, this.#seed);
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % limit;
  }

  /** True once in `times` on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of `items`. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
