import { sha256 } from './sha256.ts';

/**
 * The record as a line of JSON that ends with the SHA-256 of the rest, so that any change of any byte is noticed.
 *
 * By hand: the field `sha256` is what `sha256sum` prints for the line without `,"sha256":"…"` and without its line feed.
 */
export function serializeChecked(record: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(record);
  return `${text.slice(0, -1)},"sha256":"${sha256(Buffer.from(text))}"}\n`;
}

/** Reads what {@link serializeChecked} gave. @returns `undefined` when it was changed. */
export function parseChecked(text: string): unknown {
  const [, rest, digest] = /^(\{.*),"sha256":"([0-9a-f]{64})"\}\n$/s.exec(text) ?? [];
  const record = `${rest}}`;
  return rest !== undefined && sha256(Buffer.from(record)) === digest ? tryJson(record) : undefined;
}

/** The value, or `undefined` for a text that is no JSON: the error of `JSON.parse` repeats a part of the text. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
