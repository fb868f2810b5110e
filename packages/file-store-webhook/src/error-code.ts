import { isError } from '@oh/file-store-core';

/** The code of an error, as `ECONNREFUSED`; else its name, as `HTTPParserError`; `unknown` where it has neither. Never its message, which may tell a URL. */
export function errorCodeOf(error: unknown): string {
  if (!isError(error)) {
    return 'unknown';
  }
  const name = error.name === 'Error' ? 'unknown' : error.name;
  return 'code' in error && typeof error.code === 'string' ? error.code : name;
}
