import type { FileStore } from './file-store.ts';
import { FileStoreError, type FileStoreErrorCode, hasErrorCode } from './file-store-error.ts';
import type { Lease } from './lease.ts';
import type { LeaseClock } from './lease-clock.ts';
import { isSameGrant, type StoredLease, writeLease } from './lease-record.ts';

/** How often one renewal or release is tried anew because somebody wrote a request into the record. */
const maxAttempts = 100;

/** A lease, from the write that granted it on. */
export class LeaseHolder implements Lease {
  readonly path: string;
  readonly owner: string;
  readonly token: number;
  readonly releaseRequested: Promise<string>;
  readonly #store: FileStore;
  readonly #clock: LeaseClock;
  readonly #ttlMs: number;
  readonly #loss = new AbortController();
  /** Aborted by a loss and by a release. */
  readonly #end = new AbortController();
  readonly #onRequest: (by: string) => void;
  #stored: StoredLease;
  /** Of the last attempt: each write has a number of its own, so that reading back tells which of them was done. */
  #renewals: number;
  /** On the monotonic clock. */
  #expiresAtMs: number;
  #renewing: Promise<void> | undefined;
  #releasing: Promise<void> | undefined;
  #renewalFailure: unknown;
  #cancelRenewal: () => void = () => undefined;
  #cancelExpiry: () => void = () => undefined;

  /** @param sentMs When the write of `stored` was about to be sent, on the monotonic clock. */
  constructor(store: FileStore, path: string, clock: LeaseClock, stored: StoredLease, sentMs: number) {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { owner, token, ttlMs, renewals } = stored.record;
    this.path = path;
    this.owner = owner;
    this.token = token;
    this.releaseRequested = promise;
    this.#onRequest = resolve;
    this.#store = store;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#stored = stored;
    this.#renewals = renewals;
    this.#expiresAtMs = sentMs + ttlMs;
    this.#watchExpiry();
    this.#renewAfter(ttlMs / 3);
  }

  get signal(): AbortSignal {
    if (this.#clock.monotonicMs() >= this.#expiresAtMs) {
      this.#lose('timeout', 'expired before a renewal was confirmed', this.#renewalFailure);
    }
    return this.#loss.signal;
  }

  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  release(): Promise<void> {
    this.#stop(this.#error('closed', 'was released'));
    this.#releasing ??= this.#release().catch((error: unknown) => {
      this.#releasing = undefined;
      throw error;
    });
    return this.#releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #renew(): Promise<void> {
    this.#throwIfEnded();
    this.#cancelRenewal();
    let nextMs = this.#ttlMs / 9;
    try {
      const sentMs = await this.#replaceRecord(false, this.#end.signal);
      if (sentMs === undefined) {
        throw this.#lose('version-mismatch', 'was taken over or removed');
      }
      this.#throwIfEnded();
      this.#expiresAtMs = sentMs + this.#ttlMs;
      nextMs = this.#ttlMs / 3;
    } catch (error) {
      this.#renewalFailure = error;
      if (hasErrorCode(error, 'corrupt')) {
        this.#lose('corrupt', 'has a record that cannot be read', error);
      }
      this.#throwIfEnded();
      throw error;
    } finally {
      this.#renewAfter(nextMs);
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#replaceRecord(true);
    } catch (error) {
      // What cannot be read is not ours: nothing is left to release.
      if (!hasErrorCode(error, 'corrupt')) {
        throw error;
      }
    }
  }

  /** @returns When the write that is in the store was about to be sent, or `undefined` when the record is not ours any more. */
  async #replaceRecord(released: boolean, signal?: AbortSignal): Promise<number | undefined> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      signal?.throwIfAborted();
      this.#renewals += 1;
      // Before the other clock, as at the grant.
      const sentMs = this.#clock.monotonicMs();
      const expiresAt = new Date(this.#clock.wallMs() + (released ? 0 : this.#ttlMs)).toISOString();
      const record = { ...this.#stored.record, renewals: this.#renewals, released, expiresAt };
      const stored = await writeLease(this.#store, this.path, record, this.#stored.info, { signal });
      if (stored?.record.acquisitionId !== record.acquisitionId) {
        return undefined;
      }
      this.#stored = stored;
      if (stored.record.releaseRequestedBy !== undefined) {
        this.#onRequest(stored.record.releaseRequestedBy);
      }
      if (isSameGrant(stored.record, record)) {
        return sentMs;
      }
    }
    throw this.#error('unavailable', 'is changed by others without end');
  }

  #watchExpiry(): void {
    const onTime = (): void => {
      // The lease was renewed meanwhile, or the timer was early by a fraction of a millisecond.
      if (!this.signal.aborted) {
        this.#watchExpiry();
      }
    };
    this.#cancelExpiry = this.#clock.startTimer(Math.max(0, this.#expiresAtMs - this.#clock.monotonicMs()), onTime, { keepsAlive: false });
  }

  #renewAfter(delayMs: number): void {
    if (!this.#end.signal.aborted) {
      // A failure is tried again until the expiry, whose reason it becomes the cause of.
      const onTime = (): void => void this.renew().catch(() => undefined);
      this.#cancelRenewal = this.#clock.startTimer(delayMs, onTime, { keepsAlive: false });
    }
  }

  #throwIfEnded(): void {
    void this.signal;
    this.#end.signal.throwIfAborted();
  }

  /** @returns Why the lease ended. */
  #lose(code: FileStoreErrorCode, what: string, cause?: unknown): unknown {
    if (!this.#end.signal.aborted) {
      const error = this.#error(code, what, cause);
      this.#stop(error);
      this.#loss.abort(error);
    }
    return this.#end.signal.reason;
  }

  #stop(reason: FileStoreError): void {
    this.#cancelRenewal();
    this.#cancelExpiry();
    this.#end.abort(reason);
  }

  #error(code: FileStoreErrorCode, what: string, cause?: unknown): FileStoreError {
    const { path } = this;
    return new FileStoreError(code, `the lease at ${JSON.stringify(path)} ${what}`, { path, cause, retryable: false });
  }
}
