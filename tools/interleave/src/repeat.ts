import { hasErrorCode } from '@oh/file-store-core';

/** Far more than a run has faults: who is refused so often would be for ever, perhaps without a look at the store. */
const maxAttempts = 1000;

/** Does something until it is known to have happened, as a caller does whose store is unavailable for a moment. @throws What it fails with besides, or all the time. */
export async function repeat<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === maxAttempts || !hasErrorCode(error, 'unavailable')) {
        throw error;
      }
    }
  }
}
