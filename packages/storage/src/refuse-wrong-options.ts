import { FileStoreError } from '@oh/file-store-core';

/**
 * Makes something of what people have configured: options that it refuses as a mistake of the program are one of the configuration here.
 *
 * @param what What is made, for the error.
 * @throws {FileStoreError} `invalid-argument` in place of a `TypeError` or a `RangeError`; what else `make` throws.
 */
export function refuseWrongOptions<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new FileStoreError('invalid-argument', `${what}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
