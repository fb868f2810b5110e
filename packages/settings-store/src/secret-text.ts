/** What stands for a key wherever it is shown; OpenHands prints the same. */
const mask = '**********';

/** The masks that OpenHands and its SDK put in the place of keys, and what Python and `util.inspect` print for a value that is masked. */
const masks = /^(?:\*{10}|<secret[-_]hidden>|Secret(?:Str|Text)?\('?\*{10}'?\))$/;

/** Whether a text is a mask: it says "unchanged", and is never the value of a key; white space around it counts for nothing. */
export function isMask(text: string): boolean {
  return masks.test(text.trim());
}

/** Something that gives its text only when asked: a {@link SecretText}, or the `Secret` of `@oh/secrets-store`. */
export interface Exposable {
  /** The text itself. */
  expose(): string;
}

/** Whether a value gives a text when asked. */
export function isExposable(value: unknown): value is Exposable {
  return typeof value === 'object' && value !== null && 'expose' in value && typeof value.expose === 'function';
}

/** What `util.inspect` asks for, https://nodejs.org/api/util.html#utilinspectcustom. */
const inspectCustom: symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * A key that is not printed by accident: JSON, `util.inspect`, template strings, errors and logs show `**********`, and
 * `structuredClone` makes an empty object of it.
 */
export class SecretText implements Exposable {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    Object.freeze(this);
  }

  expose(): string {
    return this.#text;
  }

  /** The mask. */
  toString(): string {
    return mask;
  }

  /** The mask; given back to the store it means "unchanged". */
  toJSON(): string {
    return mask;
  }

  /** The mask, for template strings. */
  [Symbol.toPrimitive](): string {
    return mask;
  }

  static {
    // Not a member with a computed name, which declarations cannot be made of.
    Object.defineProperty(SecretText.prototype, inspectCustom, { value: () => `SecretText(${mask})` });
  }
}
