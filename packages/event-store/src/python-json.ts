import { isRawNumber } from '@oh/file-store-core/json';

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
