import { isRawNumber } from '@oh/file-store-core/json';
import { mask } from './mask.ts';
import type { Secret } from './secret.ts';

/** Fewer characters of a value, or of an encoded form of it, would be found everywhere. */
const defaultMinLength = 4;
const minEncodedLength = 8;

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
    const values = Array.from(secrets, (secret) => secret.expose()).filter((value) => value.length >= Math.max(1, minLength));
    const longestFirst = [...new Set(values.flatMap(formsOf))].sort((one, other) => other.length - one.length);
    this.#pattern = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
  }

  /** The text without values. */
  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, () => this.#replacement);
  }

  /** A copy of a JSON value, every text and key at any depth without values. */
  redactValue(value: unknown): unknown {
    if (typeof value === 'string') {
      return this.redact(value);
    }
    if (typeof value !== 'object' || value === null || isRawNumber(value)) {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown) => this.redactValue(item));
    }
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [this.redact(key), this.redactValue(child)]));
  }
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const percent = encodeURIComponent(value.toWellFormed());
  const encoded = [percent, percent.replaceAll('%20', '+'), ...[0, 1, 2].flatMap((shift) => base64Forms(value, shift))];
  return [value, json, ascii, ...encoded.filter((form) => form.length >= minEncodedLength)];
}

/** The characters of base64 that depend on the value alone, where it begins `shift` bytes after a multiple of three. */
function base64Forms(value: string, shift: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
  const text = bytes.toString('base64').replaceAll('=', '');
  const own = text.slice(Math.ceil((shift * 4) / 3), bytes.length % 3 === 0 ? undefined : -1);
  return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
