import { isRawNumber } from './raw-number.ts';

/** Longest number in a text: Python's own limit, https://docs.python.org/3/library/stdtypes.html#int-max-str-digits. */
const maxNumberLength = 4300;

/** The texts that pydantic takes for a boolean, https://docs.pydantic.dev/latest/api/standard_library_types/#booleans. */
const booleanTexts: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'on', 't', 'true', 'y', 'yes'].map((text) => [text, true] as const),
  ...['0', 'off', 'f', 'false', 'n', 'no'].map((text) => [text, false] as const),
]);

/**
 * An integer as pydantic's lax mode reads it: whole numbers, `true` and `false`, and texts such as `"5"`, `" 1_000 "` or `"2.0"`.
 *
 * @returns Past 2^53 the nearest double; `undefined` for what is none.
 */
export function parseLaxInteger(input: unknown): number | undefined {
  const value = typeof input === 'string' ? parseInteger(input) : toNumber(input);
  return Number.isInteger(value) ? value : undefined;
}

/**
 * A float as pydantic's lax mode reads it: numbers, `true` and `false`, and texts such as `"1.5"`, `"1e3"`, `"inf"` or `"nan"`.
 *
 * @returns `undefined` for what is none.
 */
export function parseLaxFloat(input: unknown): number | undefined {
  return typeof input === 'string' ? parseFloatText(input) : toNumber(input);
}

/**
 * A boolean as pydantic's lax mode reads it: `true` and `false`, 1 and 0, and texts such as `"yes"`, `"Off"` or `"t"`.
 *
 * @returns `undefined` for what is none.
 */
export function parseLaxBoolean(input: unknown): boolean | undefined {
  if (typeof input === 'string') {
    return booleanTexts.get(input.toLowerCase());
  }
  const value = toNumber(input);
  return value === 0 || value === 1 ? value === 1 : undefined;
}

function toNumber(input: unknown): number | undefined {
  if (isRawNumber(input)) {
    return Number(input.rawJSON);
  }
  return typeof input === 'number' || typeof input === 'boolean' ? Number(input) : undefined;
}

/** Not `trim`, which takes U+FEFF for a space and U+0085 for none. */
function withoutSpaces(text: string): string {
  return text.length > maxNumberLength ? '' : text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

function parseInteger(text: string): number | undefined {
  const match = /^([+-]?\d+(?:_\d+)*)(?:\.0+)?$/.exec(withoutSpaces(text));
  return match?.[1] === undefined ? undefined : Number(match[1].replaceAll('_', ''));
}

function parseFloatText(text: string): number | undefined {
  if (/^_|__|_$/.test(text)) {
    return undefined;
  }
  // With underscores pydantic takes no spaces.
  const plain = (text.includes('_') ? text.replaceAll('_', '') : withoutSpaces(text)).toLowerCase();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(plain)) {
    return Number(plain);
  }
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(plain);
  return special === null ? undefined : Number(`${special[1]}Infinity`) * (special[2] === 'nan' ? 0 : 1);
}
