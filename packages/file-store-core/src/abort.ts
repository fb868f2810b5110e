/**
 * Runs `action` with a signal that is aborted when `signal` is, and that `stop` aborts alone.
 *
 * Whoever gets it may keep listeners on it for as long as they like: the caller's signal has none once this settles. Unlike one of `AbortSignal.any`, it does not look at
 * what it follows whenever it is asked.
 *
 * @throws What `action` throws; `signal.reason` when it is aborted before.
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

/** Settles as `promise` does, or rejects with `signal.reason` as soon as the signal is aborted. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The items of `source`, ending with `signal.reason` when the signal is aborted, even while the source is silent. Whoever takes them asks for one after the other. */
export function abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new AbortableItems(source[Symbol.asyncIterator](), signal) };
}

/** Not a generator, which would cost each item a few turns more; and with one listener for all of them. */
class AbortableItems<T> implements AsyncIterator<T, undefined, undefined> {
  readonly #source: AsyncIterator<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#reject?.(this.#signal?.reason);
  #reject: ((reason: unknown) => void) | undefined;

  constructor(source: AsyncIterator<T>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    try {
      const result = await this.#race(this.#source.next());
      if (result.done !== true) {
        return result;
      }
    } catch (error) {
      await this.return();
      throw error;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  /** A source that is silent may never answer, so that after an abort nobody waits for it. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    const returned = Promise.resolve(this.#source.return?.()).catch(() => undefined);
    if (this.#signal?.aborted !== true) {
      await returned;
    }
    return { done: true, value: undefined };
  }

  #race(promise: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#signal?.aborted === true) {
        this.#onAbort();
      }
      promise.then(resolve, reject);
    });
  }

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
