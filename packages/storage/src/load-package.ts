import { FileStoreError, isError } from '@oh/file-store-core';

/**
 * Imports an optional package.
 *
 * @param what What it is needed for, for the error.
 * @param install The packages to install.
 * @throws {FileStoreError} `unsupported` when it is not installed, or what it needs itself.
 */
export async function loadPackage<T>(what: string, install: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (isError(error) && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new FileStoreError('unsupported', `${what} needs packages that are not installed: npm install ${install}`, { cause: error });
    }
    throw error;
  }
}
