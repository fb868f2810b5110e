/**
 * Runs `action` with a signal that is aborted when `signal` is, and that `stop` aborts alone.
 *
 * The SDK and its requests may keep listeners on what they get for as long as they like: the caller's signal has none once this settles.
 */
export async function withLinkedSignal<T>(
  signal: AbortSignal | undefined,
  action: (linked: AbortSignal, stop: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await action(controller.signal, (reason) => controller.abort(reason));
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Settles as `promise` does, or rejects with the reason of an abort; what `promise` stands for goes on.
 *
 * @param graceMs How long after an abort `promise` may still settle.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, graceMs = 0): Promise<T> {
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
