import { isRawNumber } from './raw-number.ts';

/**
 * Whether a value is written as JSON and read again as what it is: no `undefined`, functions, dates or other classes, numbers that are
 * not finite, or cycles.
 *
 * @param depth Most levels of arrays and objects.
 */
export function isJsonValue(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  }
  if (isRawNumber(value)) {
    return true;
  }
  // A cycle is endlessly deep, so that the depth ends it.
  return isPlain(value) && depth > 0 && Object.values(value).every((child) => isJsonValue(child, depth - 1));
}

/**
 * A value without the fields that are `undefined`, at any depth, as `JSON.stringify` leaves them out; what is no JSON otherwise stays as it is.
 *
 * @param depth Most levels of arrays and objects that are looked into.
 */
export function withoutUndefined(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || isRawNumber(value) || !isPlain(value) || depth === 0) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withoutUndefined(item, depth - 1));
  }
  const fields = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(fields.map(([key, child]) => [key, withoutUndefined(child, depth - 1)]));
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) {
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isOwnWriter = 'toJSON' in value && typeof value.toJSON === 'function';
  return (prototype === Object.prototype || prototype === null) && !isOwnWriter;
}
