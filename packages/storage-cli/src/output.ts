import type { Writable } from 'node:stream';

/** The program's standard output: each write waits until the reader has taken it. */
export class Output {
  readonly #stream: Writable;
  readonly #closed = new AbortController();
  readonly #signal: AbortSignal;

  /** @param interrupted Ends a write that waits for a reader which takes nothing. */
  constructor(stream: Writable, interrupted: AbortSignal | undefined) {
    this.#stream = stream;
    this.#signal = AbortSignal.any([this.#closed.signal, ...(interrupted === undefined ? [] : [interrupted])]);
    stream.on('error', this.#onError);
  }

  /** Aborted when the program is interrupted, and when nobody reads the output any more. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether the reader is gone, as `head` is after its last line. */
  get closed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** Writes all of `chunk`. @throws The signal's reason; what the stream says, a full disk for one. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(this.#signal.reason);
      this.#signal.addEventListener('abort', onAbort, { once: true });
      this.#stream.write(chunk, (error) => {
        this.#signal.removeEventListener('abort', onAbort);
        this.#settle(error, resolve, reject);
      });
    });
  }

  /** Leaves the stream to its owner. */
  release(): void {
    this.#stream.off('error', this.#onError);
  }

  #settle(error: Error | null | undefined, resolve: () => void, reject: (reason: unknown) => void): void {
    if (error === null || error === undefined) {
      resolve();
      return;
    }
    this.#onError(error);
    reject(error);
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
      this.#closed.abort();
    }
  };
}
