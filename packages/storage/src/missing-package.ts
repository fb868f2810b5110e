import { FileStoreError, isError } from '@oh/file-store-core';

/**
 * What to throw when an optional package could not be imported.
 *
 * Each `import()` of one stands in a `try` of its own: so bundlers leave out what is not installed, with a warning at most, in place of failing.
 *
 * @param what What it is needed for.
 * @param install The packages to install.
 * @returns `unsupported` when it is not installed, or what it needs itself; any other error as it is.
 */
export function toMissingPackage(error: unknown, what: string, install: string): unknown {
  return isError(error) && isMissing(error)
    ? new FileStoreError('unsupported', `${what} needs packages that are not installed: npm install ${install}`, { cause: error })
    : error;
}

/** As Node and Bun say it, webpack, and what Vite puts in the place of an optional peer that it did not find, which has no code. */
function isMissing(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || /^Could not resolve ".+" imported by ".+"/.test(error.message);
}
