import { types } from 'node:util';

/**
 * Whether a value is an `Error`, also one of another realm: where programs run in a `vm` context, as tests of Jest do, the errors of Node itself are no
 * instances of the `Error` that they know.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
