import { createHash } from 'node:crypto';

/** Chance that a seed repeats. */
export class SeededRandom {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** From 0 to less than 1. */
  fraction(): number {
    this.#drawn += 1;
    return createHash('sha256').update(`${this.#seed}:${this.#drawn}`).digest().readUInt32BE() / 2 ** 32;
  }
}
