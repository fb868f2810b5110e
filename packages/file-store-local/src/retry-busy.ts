import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from './local-error.ts';

/** How long is waited in all, in milliseconds. */
const maxWaitMs = 5_000;

/** Longest pause in milliseconds between two attempts. */
const maxPauseMs = 100;

/** Whether this process, or the machine, has as many files open as it may: others are closed soon. */
export function isOutOfFiles(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'EMFILE' || errno === 'ENFILE';
}

/** As {@link isOutOfFiles} for a rename, which on Windows also fails while a virus scanner or an indexer has the file open. */
export function isBusyRename(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  const errno = errnoOf(error);
  return isOutOfFiles(error) || (platform === 'win32' && (errno === 'EPERM' || errno === 'EBUSY' || errno === 'EACCES'));
}

/**
 * Does what may fail because something is busy for a moment: again, with growing pauses, for at most 5 seconds.
 *
 * @throws The error of the last attempt; the reason of `signal` when it is aborted in a pause.
 */
export async function retryBusy<T>(
  action: () => T | Promise<T>,
  signal: AbortSignal | undefined,
  isBusy: (error: unknown) => boolean = isOutOfFiles,
): Promise<T> {
  let giveUpAt: number | undefined;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      return await action();
    } catch (error) {
      giveUpAt ??= performance.now() + maxWaitMs;
      if (!isBusy(error) || performance.now() >= giveUpAt) {
        throw error;
      }
    }
    await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
