import { hasBackslashKey, parseEscapedKeys } from './escaped-keys.ts';
import { mayLoseDigits } from './may-lose-digits.ts';
import { keepDigits } from './raw-number.ts';

/** Deepest nesting of arrays and objects that is read and written; Python's reader gives up at about a thousand. */
export const maxJsonDepth = 512;

/** What the types of es2024 do not tell yet, see https://github.com/tc39/proposal-json-parse-with-source. */
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
}

const json: JsonWithSource = JSON as JSON & JsonWithSource;

/**
 * Parses JSON without losing a digit or a key: numbers that a double cannot hold become `RawNumber`s.
 *
 * A `__proto__` in the text becomes a property like any other.
 *
 * @throws {SyntaxError} When the text is not JSON, or nested deeper than {@link maxJsonDepth}. Unlike that of `JSON.parse` its message repeats
 *   nothing of the text, which may be a secret.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) {
    throw new SyntaxError(`nested deeper than ${maxJsonDepth} levels`);
  }
  try {
    const value = parseDigits(text);
    return text.includes('\\') && hasBackslashKey(value) ? parseEscapedKeys(text, parseDigits) : value;
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(`not JSON${placeOf(error)}`) : error;
  }
}

function parseDigits(text: string): unknown {
  if (!mayLoseDigits(text)) {
    return JSON.parse(text);
  }
  return json.parse(text, (_key, value, { source }) => {
    return typeof value === 'number' && source !== undefined ? keepDigits(value, source) : value;
  });
}

/** Where V8 says that a text stops being JSON; a message that quotes the text does not end like this. */
function placeOf({ message }: SyntaxError): string {
  return / at position \d+(?: \(line \d+ column \d+\))?$/.exec(message)?.[0] ?? '';
}

/** Without recursion, because it is asked before anything is known of the text. */
function isTooDeep(text: string): boolean {
  if (!opensMoreThan(maxJsonDepth, text)) {
    return false;
  }
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length && depth <= maxJsonDepth; index += 1) {
    const character = text[index];
    if (inString) {
      inString = character !== '"';
      index += character === '\\' ? 1 : 0;
    } else if (character === '"') {
      inString = true;
    } else if (character === '[' || character === '{') {
      depth += 1;
    } else if (character === ']' || character === '}') {
      depth -= 1;
    }
  }
  return depth > maxJsonDepth;
}

/** Whether more than `count` brackets are opened, texts included; several times as fast as to look at every character. */
function opensMoreThan(count: number, text: string): boolean {
  let left = count;
  for (const bracket of ['[', '{']) {
    for (let index = text.indexOf(bracket); index !== -1 && left >= 0; index = text.indexOf(bracket, index + 1)) {
      left -= 1;
    }
  }
  return left < 0;
}
