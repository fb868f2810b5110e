import { FileStoreError, isError } from '@oh/file-store-core';

/*
 * Each import stands in a `try`: so bundlers leave out what is not installed, with a warning at most, in place of failing.
 */

/** @throws {FileStoreError} `unsupported` when the package is not installed, or what it needs itself. */
export async function importLocal(): Promise<typeof import('@oh/file-store-local')> {
  try {
    return await import('@oh/file-store-local');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "local"', '@oh/file-store-local');
  }
}

/** @throws {FileStoreError} As {@link importLocal}. */
export async function importS3(): Promise<typeof import('@oh/file-store-s3')> {
  try {
    return await import('@oh/file-store-s3');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "s3"', '@oh/file-store-s3 @aws-sdk/client-s3');
  }
}

/** @throws {FileStoreError} As {@link importLocal}. */
export async function importGoogleCloud(): Promise<typeof import('@oh/file-store-gcs')> {
  try {
    return await import('@oh/file-store-gcs');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "google_cloud"', '@oh/file-store-gcs @google-cloud/storage');
  }
}

/** @throws {FileStoreError} As {@link importLocal}. */
export async function importWebHook(): Promise<typeof import('@oh/file-store-webhook')> {
  try {
    return await import('@oh/file-store-webhook');
  } catch (error) {
    throw toMissingPackage(error, 'a webhook', '@oh/file-store-webhook');
  }
}

/**
 * What to throw when a package could not be imported.
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
