import { BodyReader } from './body-reader.ts';
import type { ContentsSource } from './contents-source.ts';
import type { FileStore } from './file-store.ts';
import { FileStoreError } from './file-store-error.ts';
import { type FileStoreOperation, publishOperation } from './operation-channel.ts';
import { toStoreError } from './to-store-error.ts';

/** Which operation it is, and where. */
export type OperationDetails = Pick<FileStoreOperation, 'operation' | 'path' | 'to'>;

/** One that runs. */
interface RunningOperation {
  readonly details: OperationDetails;
  readonly signal: AbortSignal | undefined;
  /** What it writes. */
  readonly source: ContentsSource | undefined;
  /** Whether it has an effect, so that an abort after it changes nothing any more. */
  readonly changes: boolean;
}

/** The operations of a store: refused once it is closed, awaited by closing it, their errors mapped, all of them published. */
export class StoreOperations {
  readonly #published: FileStore | undefined;
  #running = 0;
  /** Set by {@link close}: ends its waiting. */
  #onIdle: (() => void) | undefined;
  #isClosed = false;

  /** @param published The store that they are published as those of; those of a decorator are by the store beneath. */
  constructor(published: FileStore | undefined) {
    this.#published = published;
  }

  /** Runs one. @param source What it writes. */
  run<T>(
    details: OperationDetails,
    signal: AbortSignal | undefined,
    source: ContentsSource | undefined,
    action: () => Promise<T>,
  ): Promise<T> {
    return this.#run({ details, signal, source, changes: true }, action);
  }

  /** Runs one that changes nothing: an abort that comes too late to stop it still rejects. */
  read<T>(details: OperationDetails, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    return this.#run({ details, signal, source: undefined, changes: false }, action);
  }

  async #run<T>({ details, signal, source, changes }: RunningOperation, action: () => Promise<T>): Promise<T> {
    try {
      this.checkUsable(signal);
    } catch (error) {
      source?.release();
      throw error;
    }
    const started = performance.now();
    this.enter();
    let failure: { readonly error: unknown } | undefined;
    let result: T | undefined;
    try {
      result = await action();
      if (!changes) {
        signal?.throwIfAborted();
      }
      return result;
    } catch (error) {
      source?.release();
      failure = source?.failure ?? { error: toStoreError(error, details.path, signal) };
      throw failure.error;
    } finally {
      this.leave();
      this.publish(details, started, failure, countsOf(result, source));
    }
  }

  /** Says that the driver is being asked for something: until {@link leave}, {@link close} waits. */
  enter(): void {
    this.#running += 1;
  }

  /** The reverse of {@link enter}. */
  leave(): void {
    this.#running -= 1;
    if (this.#running === 0) {
      this.#onIdle?.();
    }
  }

  /** Tells that one has ended that was not {@link run}. @param started By `performance.now()`. */
  publish(
    details: OperationDetails,
    started: number,
    failure: { readonly error: unknown } | undefined,
    counts: Pick<FileStoreOperation, 'bytes' | 'items'>,
  ): void {
    const store = this.#published;
    if (store === undefined) {
      return;
    }
    publishOperation(() => {
      const errorCode = failure === undefined ? undefined : failure.error instanceof FileStoreError ? failure.error.code : 'aborted';
      return { store, ...details, ...counts, durationMs: performance.now() - started, errorCode };
    });
  }

  /** @throws {FileStoreError} `closed` after {@link close}; `signal.reason` when it is aborted. */
  checkUsable(signal: AbortSignal | undefined): void {
    if (this.#isClosed) {
      throw new FileStoreError('closed', 'the store is closed');
    }
    signal?.throwIfAborted();
  }

  /** Refuses others from now on; resolves when those that run have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }
}

function countsOf(result: unknown, source: ContentsSource | undefined): Pick<FileStoreOperation, 'bytes' | 'items'> {
  if (Array.isArray(result)) {
    return { items: result.length };
  }
  return { bytes: source?.bytes ?? (result instanceof BodyReader ? result.byteLength : undefined) };
}
