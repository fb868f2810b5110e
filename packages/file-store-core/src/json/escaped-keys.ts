import { isRawNumber } from './raw-number.ts';

/** A key that is written with escapes. */
interface EscapedKey {
  readonly key: string;
  /** Where it stands in the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a parsed value has a key with a backslash in it, so that the text may say another one.
 *
 * `JSON.parse` of V8 12.8 to 14.6 may take a key that is written with escapes, as `"\n"` has to be and Python writes `"\u00e9"`, for one that an object in this
 * process has had before it: one that the beginning of what is written is equal to, and so has the backslash of an escape in it.
 *
 * @see https://github.com/nodejs/node/issues/63785
 */
export function hasBackslashKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return false;
  }
  if (Array.isArray(value)) {
    return value.some(hasBackslashKey);
  }
  for (const key in value) {
    if (key.includes('\\') || hasBackslashKey((value as Readonly<Record<string, unknown>>)[key])) {
      return true;
    }
  }
  return false;
}

/**
 * Parses JSON whose keys may be written with escapes: all are what the text says.
 *
 * @param text JSON.
 * @param parse Parses a text that has no such key.
 */
export function parseEscapedKeys(text: string, parse: (text: string) => unknown): unknown {
  const keys: EscapedKey[] = [];
  for (let found = nextEscapedKey(text, 0); found !== undefined; found = nextEscapedKey(text, found.end)) {
    keys.push(found);
  }
  // No text has it, whoever writes it.
  const prefix = crypto.randomUUID();
  const names = new Map<string, string>();
  const keyOf = new Map<string, string>();
  const parts: string[] = [];
  let start = 0;
  for (const { key, start: keyStart, end } of keys) {
    const plain = JSON.stringify(key);
    const name = plain.includes('\\') ? (names.get(key) ?? `${prefix}${names.size}`) : key;
    if (name !== key) {
      names.set(key, name);
      keyOf.set(name, key);
    }
    parts.push(text.slice(start, keyStart), JSON.stringify(name));
    start = end;
  }
  return rename(parse(parts.join('') + text.slice(start)), keyOf);
}

/** Gives keys that had to be named otherwise their names back. */
function rename(value: unknown, keyOf: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => rename(item, keyOf));
  }
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [keyOf.get(name) ?? name, rename(child, keyOf)]));
}

/** @param from Outside of all strings. */
function nextEscapedKey(text: string, from: number): EscapedKey | undefined {
  for (let backslash = text.indexOf('\\', from); backslash !== -1; ) {
    const end = endOfString(text, backslash);
    if (isBeforeColon(text, end)) {
      const start = text.lastIndexOf('"', backslash);
      return { key: JSON.parse(text.slice(start, end)) as string, start, end };
    }
    backslash = text.indexOf('\\', end);
  }
  return undefined;
}

/** @param backslash The first one of the string. @returns The place behind its last quote. */
function endOfString(text: string, backslash: number): number {
  let quote = text.indexOf('"', backslash);
  while (isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote + 1;
}

function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text[first - 1] === '\\') {
    first -= 1;
  }
  return (index - first) % 2 === 1;
}

function isBeforeColon(text: string, end: number): boolean {
  let index = end;
  while (text[index] === ' ' || text[index] === '\n' || text[index] === '\t' || text[index] === '\r') {
    index += 1;
  }
  return text[index] === ':';
}
