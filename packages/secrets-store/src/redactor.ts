import { mask, replaceStrings, type Secret, secretForms, secretPattern } from '@oh/file-store-core/secrets';

/** Shorter values would be found everywhere. */
const defaultMinLength = 4;

/** Options of {@link Redactor}. */
export interface RedactorOptions {
  /** What takes the place of a value. Default: `**********`. */
  readonly replacement?: string | undefined;
  /** Values with fewer characters are not looked for. Default: 4. */
  readonly minLength?: number | undefined;
}

/**
 * Takes the values of secrets out of texts and JSON values, for logs.
 *
 * A value is found as it is, as JSON spells it, percent-encoded, and in base64 wherever it begins. Where several begin at one place the longest is taken, and what
 * was put in is not looked through again. It is the last line of defence, not the first: a value that was cut in two or changed otherwise is not found.
 */
export class Redactor {
  readonly #replacement: string;
  readonly #pattern: RegExp | undefined;

  constructor(secrets: Iterable<Secret>, { replacement = mask, minLength = defaultMinLength }: RedactorOptions = {}) {
    this.#replacement = replacement;
    const values = Array.from(secrets, (secret) => secret.expose()).filter((value) => value.length >= minLength);
    this.#pattern = secretPattern(values.flatMap((value) => secretForms(value, true)));
  }

  /** The text without values. */
  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, () => this.#replacement);
  }

  /** A copy of a JSON value, every text and key at any depth without values; keys that become the same are told apart by a number. */
  redactValue(value: unknown): unknown {
    return replaceStrings(value, (text) => this.redact(text));
  }
}
