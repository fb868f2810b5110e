import { countAttempts } from './earlier-attempts.ts';
import { failureOf } from './s3-error.ts';
import { pauseBefore } from './s3-retry-strategy.ts';

/** How often something is tried that other conditional requests are in the way of. */
const maxAttempts = 10;

/** Does it anew while the answer is 409: nothing was decided, and who loses then is told with 412. */
export async function retryConflicts<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
  return await countAttempts(async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (error) {
        if (failureOf(error) !== 'conflict' || attempt >= maxAttempts) {
          throw error;
        }
      }
      await pauseBefore(attempt, signal);
    }
  });
}
