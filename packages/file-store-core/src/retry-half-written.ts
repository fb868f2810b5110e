import { setTimeout as delay } from 'node:timers/promises';
import type { AbortOptions, FileStore } from './file-store.ts';
import { hasErrorCode } from './file-store-error.ts';

/** Pauses in milliseconds before another look; the last is many times as long as a small file is half written. */
const pausesMs = [1, 5, 25];

/** Milliseconds after its last change at which nobody is writing a file any more. */
const settledMs = 1000;

/** Options of {@link retryHalfWritten}. */
export interface RetryHalfWrittenOptions<T> extends AbortOptions {
  /** Whether a result says that the file is damaged. Default: `action` fails with `corrupt` of this path then. */
  readonly isDamaged?: ((result: T) => boolean) | undefined;
}

/**
 * Does again, up to three times, what found a file damaged that has changed within the last second: programs that write in place, as OpenHands does, have it
 * empty or half written for a moment.
 *
 * @param action Reads the file, or changes it by compare-and-set.
 * @returns What `action` gives in the end. @throws What it throws in the end.
 */
export async function retryHalfWritten<T>(
  store: FileStore,
  path: string,
  action: () => Promise<T>,
  { isDamaged = () => false, signal }: RetryHalfWrittenOptions<T> = {},
): Promise<T> {
  for (let look = 0; ; look += 1) {
    const [outcome] = await Promise.allSettled([action()]);
    const pauseMs = pausesMs[look];
    const isFound = outcome.status === 'fulfilled' ? !isDamaged(outcome.value) : !tellsDamage(outcome.reason, path);
    if (isFound || pauseMs === undefined || !(await hasJustChanged(store, path, { signal }))) {
      return unwrap(outcome);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function tellsDamage(error: unknown, path: string): boolean {
  return hasErrorCode(error, 'corrupt') && error.path === path;
}

function unwrap<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') {
    throw outcome.reason;
  }
  return outcome.value;
}

async function hasJustChanged(store: FileStore, path: string, options: AbortOptions): Promise<boolean> {
  try {
    const { modifiedAt } = await store.stat(path, options);
    return Date.now() - modifiedAt.getTime() < settledMs;
  } catch (error) {
    options.signal?.throwIfAborted();
    // What can be read no more is told by the action.
    return hasErrorCode(error, 'not-found');
  }
}
