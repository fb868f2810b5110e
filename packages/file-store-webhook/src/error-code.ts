import { isError } from '@oh/file-store-core';

/** The code of an error, as `ECONNREFUSED`; `unknown` where it has none. Never its message, which may tell a URL. */
export function errorCodeOf(error: unknown): string {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
