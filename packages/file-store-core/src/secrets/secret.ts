import { inspect } from 'node:util';
import { mask } from './mask.ts';

/** Something that gives its text only when asked: a {@link Secret}, also one of another installed copy of this package. */
export interface Exposable {
  /** The text itself. */
  expose(): string;
}

/** Whether a value gives a text when asked. */
export function isExposable(value: unknown): value is Exposable {
  return typeof value === 'object' && value !== null && 'expose' in value && typeof value.expose === 'function';
}

/**
 * A text that is not printed by accident: JSON, `util.inspect`, template strings, errors and logs show `**********`, `structuredClone` an empty object.
 *
 * JavaScript cannot erase a string: while the program runs, memory dumps and debuggers show it.
 */
export class Secret implements Exposable {
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
  equals(other: Exposable): boolean {
    return this.#text === other.expose();
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
