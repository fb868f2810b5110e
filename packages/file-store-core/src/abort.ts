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

/** The items of `source`, ending with `signal.reason` when the signal is aborted, even while the source is silent. */
export async function* abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const item = signal === undefined ? undefined : new ItemRace<T>(signal);
  let ended = false;
  try {
    for (;;) {
      const next = iterator.next();
      const result = await (item?.run(next) ?? next);
      if (result.done === true) {
        ended = true;
        return;
      }
      yield result.value;
    }
  } finally {
    item?.end();
    if (!ended) {
      await release(iterator, signal);
    }
  }
}

/** As {@link raceAbort} for one promise after another, with one listener for all of them. */
class ItemRace<T> {
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#reject?.(this.#signal.reason);
  #reject: ((reason: unknown) => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  run(promise: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#signal.aborted) {
        this.#onAbort();
      }
      promise.then(resolve, reject);
    });
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/** A source that is silent may never answer, so that after an abort nobody waits for it. */
async function release(iterator: AsyncIterator<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const returned = Promise.resolve(iterator.return?.()).catch(() => undefined);
  if (signal?.aborted !== true) {
    await returned;
  }
}
