import { isRawNumber, parseJson } from '@oh/file-store-core/json';

/** What Python writes for numbers that JSON does not have, as the JSON next to it: a number that is too large for a double, and a text. */
const jsonOf: Readonly<Record<string, string>> = { Infinity: '1e999', '-Infinity': '-1e999', NaN: '"NaN"' };

/**
 * Parses JSON as Python's `json.dumps` spells it: `Infinity` is read as the number `1e999`, which Python reads as it again, and `NaN` as the text `"NaN"`.
 *
 * @throws {SyntaxError} As `parseJson`.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError) || !/NaN|Infinity/.test(text)) {
      throw error;
    }
    return parseJson(withoutSpecialNumbers(text));
  }
}

/** Such a number where a value stands, and not as a part of something else. */
const specialNumber = /(?<=^|[\s,:[])(?:-?Infinity|NaN)(?=$|[\s,\]}])/g;

/** What lies between two quotes that no backslash escapes is a text, and stays. */
function withoutSpecialNumbers(text: string): string {
  let json = '';
  let start = 0;
  while (start < text.length) {
    const quote = text.indexOf('"', start);
    const end = quote === -1 ? text.length : endOfText(text, quote);
    const outside = text.slice(start, quote === -1 ? end : quote);
    json += outside.replace(specialNumber, (name) => jsonOf[name] ?? name) + (quote === -1 ? '' : text.slice(quote, end));
    start = end;
  }
  return json;
}

/** @param quote Where the text begins. @returns The place behind its last quote. */
function endOfText(text: string, quote: number): number {
  let index = quote + 1;
  while (index < text.length && text[index] !== '"') {
    index += text[index] === '\\' ? 2 : 1;
  }
  return index + 1;
}

/**
 * JSON as Python's `json.dumps` spells it: a space after commas and colons, everything beyond ASCII escaped.
 *
 * @see https://docs.python.org/3/library/json.html#json.dumps
 */
export function toPythonJson(value: unknown): string {
  if (typeof value === 'string') {
    return toPythonText(value);
  }
  if (typeof value === 'number') {
    return toPythonNumber(value);
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(toPythonJson).join(', ')}]`;
  }
  const members = Object.entries(value).map(([key, child]) => `${toPythonText(key)}: ${toPythonJson(child)}`);
  return `{${members.join(', ')}}`;
}

/** Python turns to exponents below 1e-4, and writes two digits of them: https://docs.python.org/3/library/functions.html#repr. */
function toPythonNumber(value: number): string {
  const isSmall = Math.abs(value) < 1e-4 && value !== 0;
  return isSmall ? value.toExponential().replace(/e-(\d)$/, 'e-0$1') : JSON.stringify(value);
}

function toPythonText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
