/** A number of a JSON text that a double cannot hold, such as an integer past 2^53; `JSON.stringify` writes it as it was. */
export interface RawNumber {
  /** The number as it stands in the text. */
  readonly rawJSON: string;
}

/** What the types of es2024 do not tell yet, see https://github.com/tc39/proposal-json-parse-with-source. */
interface JsonWithRaw {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}

const json: JsonWithRaw = JSON as JSON & JsonWithRaw;

/** Whether a value is a number that a double cannot hold. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/**
 * A number that `JSON.stringify` writes as the text given.
 *
 * @throws {SyntaxError} When the text is no JSON value, or an object or array.
 */
export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

/**
 * A number as a double where that loses nothing, else as a {@link RawNumber}.
 *
 * @param value What `JSON.parse` made of it.
 * @param source How it stands in the text.
 */
export function keepDigits(value: number, source: string): number | RawNumber {
  const written = JSON.stringify(value);
  return written === source || (toDecimal(written) === toDecimal(source) && isSameInPython(value, written, source))
    ? value
    : json.rawJSON(source);
}

/** Python takes digits alone for an integer of just these digits, and every other number for a double. */
function isSameInPython(value: number, written: string, source: string): boolean {
  if (isInteger(source) === isInteger(written)) {
    return true;
  }
  return isInteger(written) && BigInt(value) === BigInt(written);
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}

/** One spelling for each decimal number: `-12.50e3` is `-125e2`; the zeros are `0` and `-0`. */
function toDecimal(text: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/(?<!0)0+$/, '');
  if (significant === '') {
    return `${sign}0`;
  }
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
