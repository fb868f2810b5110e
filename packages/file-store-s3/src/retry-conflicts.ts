import { failureOf, wasRetried } from './s3-error.ts';
import { afterOneAttempt, pauseBefore } from './s3-retry-strategy.ts';

/** How often something is tried that other conditional requests are in the way of. */
const maxAttempts = 10;

/** Makes a request. */
export type SendWith = <T>(send: () => Promise<T>) => Promise<T>;

/**
 * Does it anew while the answer is 409: nothing was decided, and who loses then is told with 412.
 *
 * @param action Makes its request with what it is given, so that the error of the last one tells of an earlier one whose answer was lost.
 */
export async function retryConflicts<T>(signal: AbortSignal | undefined, action: (sendWith: SendWith) => Promise<T>): Promise<T> {
  let sendWith: SendWith = (send) => send();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(sendWith);
    } catch (error) {
      if (failureOf(error) !== 'conflict' || attempt >= maxAttempts) {
        throw error;
      }
      if (wasRetried(error)) {
        sendWith = afterOneAttempt;
      }
    }
    await pauseBefore(attempt, signal);
  }
}
