import { withLinkedSignal } from '@oh/file-store-core';

/**
 * Settles as `promise` does, or rejects with the reason of an abort that came `graceMs` milliseconds before; what `promise` stands for goes on.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, graceMs: number): Promise<T> {
  return await withLinkedSignal(signal, async (linked) => {
    const aborted = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (): void => aborted.reject(linked.reason);
    const onAbort = (): void => {
      timer = setTimeout(giveUp, graceMs);
    };
    linked.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted.promise]);
    } finally {
      clearTimeout(timer);
    }
  });
}
