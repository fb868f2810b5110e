import { inspect } from 'node:util';
import { mask } from './mask.ts';

/**
 * A text that is not printed by accident: JSON, `util.inspect`, template strings, errors and logs show `**********`, `structuredClone` an empty object.
 *
 * JavaScript cannot erase a string: while the program runs, memory dumps and debuggers show it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    if (typeof text !== 'string') {
      throw new TypeError('a secret is a string');
    }
    this.#text = text;
    Object.freeze(this);
  }

  /** The text itself. */
  expose(): string {
    return this.#text;
  }

  /** Whether the other secret has the same text. */
  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  /** The mask. */
  toString(): string {
    return mask;
  }

  /** The mask; of an empty secret, as in OpenHands, an empty text. */
  toJSON(): string {
    return this.#text === '' ? '' : mask;
  }

  /** The mask. */
  [Symbol.toPrimitive](): string {
    return mask;
  }

  static {
    // A computed member would be no declaration that can be written without the type checker.
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => `Secret(${mask})` });
  }
}
