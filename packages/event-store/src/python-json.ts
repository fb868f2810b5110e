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
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(toPythonJson).join(', ')}]`;
  }
  const members = Object.entries(value).map(([key, child]) => `${toPythonText(key)}: ${toPythonJson(child)}`);
  return `{${members.join(', ')}}`;
}

function toPythonText(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
