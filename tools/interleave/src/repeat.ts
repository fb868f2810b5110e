import { hasErrorCode } from '@oh/file-store-core';

/** Does something until it is known to have happened, as a caller does whose store is unavailable for a moment. */
export async function repeat<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!hasErrorCode(error, 'unavailable')) {
        throw error;
      }
    }
  }
}
