import { isRawNumber } from '@oh/file-store-core/json';
import { z } from 'zod';

/** Longest number in a text: Python's own limit, https://docs.python.org/3/library/stdtypes.html#int-max-str-digits. */
const maxNumberLength = 4300;

/**
 * An integer as pydantic's lax mode reads it: whole numbers, `true` and `false`, and texts such as `"5"`, `" 1_000 "` or `"2.0"`.
 *
 * Past 2^53 the nearest double is taken.
 */
export const laxIntegerSchema: z.ZodType<number, number | string | boolean> = laxNumber(
  'expected a whole number',
  parseInteger,
  Number.isInteger,
);

/**
 * A float as pydantic's lax mode reads it: numbers, `true` and `false`, and texts such as `"1.5"`, `"1e3"`, `"inf"` or `"nan"`.
 */
export const laxFloatSchema: z.ZodType<number, number | string | boolean> = laxNumber('expected a number', parseFloatText, () => true);

function laxNumber(
  message: string,
  parse: (text: string) => number | undefined,
  accepts: (value: number) => boolean,
): z.ZodType<number, number | string | boolean> {
  return z.custom<number | string | boolean>().transform((input: unknown, context) => {
    const value = typeof input === 'string' ? parse(input) : toNumber(input);
    if (value !== undefined && accepts(value)) {
      return value;
    }
    context.issues.push({ code: 'custom', message, input });
    return z.NEVER;
  });
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
