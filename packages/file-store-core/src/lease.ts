/**
 * The right to do something alone, for a time that is renewed while it is held.
 *
 * A lease keeps others away politely; it cannot stop a holder that was suspended at the wrong moment and does not know yet that it has
 * lost (while a machine sleeps, even its monotonic clock may stand still). What must never be done by two has to be guarded by the
 * {@link token}: the resource refuses every token lower than the highest it has met.
 *
 * @see https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
 */
export interface Lease extends AsyncDisposable {
  /** Normalised path of the record. */
  readonly path: string;
  readonly owner: string;
  /** Fencing token: higher than that of every earlier lease at this path, released and expired ones included. */
  readonly token: number;
  /**
   * Aborted when the lease is lost, never by `release`. Each access looks at the clock, so that `lease.signal.aborted` is right even when
   * the process was stopped past the expiry and no timer has fired yet.
   *
   * The reason is a `FileStoreError`, not retryable: `timeout` when no renewal was confirmed within the ttl, measured on the
   * monotonic clock from before the last confirmed write was sent (`cause`: why not); `version-mismatch` when the record
   * is somebody else's or gone; `corrupt` when it is no lease record any more.
   */
  readonly signal: AbortSignal;
  /** Resolves with who asked for the release, at the renewal that meets the request; never rejects. What to do about it is the holder's affair. */
  readonly releaseRequested: Promise<string>;
  /**
   * Renews now; one that is under way is joined. It also happens by itself, at a third of the ttl, and again at each ninth after a failure,
   * by timers that keep no process alive.
   *
   * @throws {FileStoreError} The reason of {@link signal} when the lease is lost; `closed` after `release`; else what the store answers, and the
   *   lease is held on until its expiry.
   */
  renew(): Promise<void>;
  /**
   * Gives the lease up: from the call on it is not held. The record stays, marked released, and keeps the token for the next one.
   *
   * More than once is no error, and neither is a lease that was lost. When it rejects, as the store failed, it can be called again; else the lease expires.
   */
  release(): Promise<void>;
}
