import { raceAbort } from './abort.ts';
import type { AbortOptions, FileStore } from './file-store.ts';
import { FileStoreError } from './file-store-error.ts';
import type { Lease } from './lease.ts';
import { type LeaseClock, systemLeaseClock } from './lease-clock.ts';
import { LeaseHolder } from './lease-holder.ts';
import {
  checkLeaseParty,
  checkLeaseStore,
  isSameGrant,
  isTtl,
  type LeaseRecord,
  leaseFormat,
  readLease,
  type StoredLease,
  writeLease,
} from './lease-record.ts';
import { normalizeFilePath } from './normalize-path.ts';

/** Longest pause in milliseconds before a waiting caller looks again. */
const maxPauseMs = 1000;

/** Options of {@link acquireLease}. */
export interface AcquireLeaseOptions extends AbortOptions {
  /**
   * How long the lease lasts without a renewal, in whole milliseconds from 1 to 2147483647. Several times what a write takes; a holder that
   * died is waited for so long.
   */
  readonly ttlMs: number;
  /** Who acquires, for people to read, in at most 1024 characters; two callers of one name exclude each other all the same. */
  readonly owner: string;
  /** How long in milliseconds to wait for somebody else's lease to end; `Infinity` is until `signal` is aborted. Default: 0. */
  readonly waitMs?: number | undefined;
  /**
   * By how many milliseconds the wall clocks of two contenders may differ at most; `Infinity` never compares them. Default: 60000.
   *
   * A lease of somebody else has expired when its record was seen unchanged for its whole ttl on the own monotonic clock, or when the
   * wall clock is past the recorded expiry by more than this. The first needs no agreement of clocks, but a caller that was there all the time;
   * without the second, what a dead process left would stop everybody who does not wait.
   */
  readonly maxClockSkewMs?: number | undefined;
  /** Default: `Date.now`, `performance.now` and `setTimeout`. */
  readonly clock?: LeaseClock | undefined;
  /** From 0 to below 1: spreads those who wait. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** A name that no other acquisition ever has. Default: `crypto.randomUUID`. */
  readonly createId?: (() => string) | undefined;
}

/** When this caller first met a grant, on its monotonic clock. */
interface Sighting {
  readonly record: LeaseRecord;
  readonly sinceMs: number;
}

/**
 * Acquires the lease whose record is the file at `path`: of any number of contenders, on whatever machines, exactly one gets it.
 *
 * It is renewed by itself until it is released or lost. Works on every store with conditions, by `ifAbsent` and `ifVersion` alone; never delete the
 * record, since the token starts at 1 without it. When an abort meets the write under way, what it grants is given back.
 *
 * @throws {RangeError} for a `ttlMs`, `waitMs` or `maxClockSkewMs` that is none, {@link TypeError} for such an `owner`, before any I/O.
 * @throws {FileStoreError} `unsupported` and `invalid-path` before any I/O; `unavailable`, which is retryable, when somebody else still has the lease
 *   after `waitMs`; `timeout` when the store took longer than the ttl to grant it; `corrupt` when the file is something else, which is left as it is.
 */
export async function acquireLease(store: FileStore, path: string, options: AcquireLeaseOptions): Promise<Lease> {
  const { waitMs = 0, clock = systemLeaseClock, random = Math.random, signal } = options;
  checkOptions(options);
  checkLeaseParty(options.owner);
  const file = normalizeFilePath(path);
  checkLeaseStore(store, file);
  const giveUpAtMs = clock.monotonicMs() + waitMs;
  let sighting: Sighting | undefined;
  for (;;) {
    const stored = await readLease(store, file, { signal });
    // The clock is read after the record: the grant is older than its sighting, and its holder's time runs out first.
    sighting = see(stored, sighting, clock.monotonicMs());
    const busyMs = sighting === undefined ? 0 : untilExpiry(sighting, options, clock);
    if (busyMs <= 0) {
      const lease = await takeOver(store, file, stored, clock, options);
      if (lease !== undefined) {
        return lease;
      }
    }
    const leftMs = giveUpAtMs - clock.monotonicMs();
    if (leftMs <= 0) {
      throw new FileStoreError('unavailable', `the lease at ${JSON.stringify(file)} is held by somebody else`, { path: file });
    }
    const pauseMs = maxPauseMs * (0.5 + random() / 2);
    await pause(clock, Math.min(leftMs, pauseMs, busyMs > 0 ? busyMs : pauseMs), signal);
  }
}

function checkOptions({ ttlMs, waitMs = 0, maxClockSkewMs = 0 }: AcquireLeaseOptions): void {
  if (!isTtl(ttlMs)) {
    throw new RangeError('ttlMs is a whole number from 1 to 2147483647');
  }
  if (!(waitMs >= 0 && maxClockSkewMs >= 0)) {
    throw new RangeError('waitMs and maxClockSkewMs are numbers from 0');
  }
}

function see(stored: StoredLease | undefined, last: Sighting | undefined, nowMs: number): Sighting | undefined {
  if (stored === undefined) {
    return undefined;
  }
  // A request for release makes a new version, but no new grant.
  const sinceMs = last !== undefined && isSameGrant(last.record, stored.record) ? last.sinceMs : nowMs;
  return { record: stored.record, sinceMs };
}

/** Milliseconds until the lease may be taken over; the first of the two rules of {@link AcquireLeaseOptions.maxClockSkewMs} counts. */
function untilExpiry({ record, sinceMs }: Sighting, { maxClockSkewMs = 60_000 }: AcquireLeaseOptions, clock: LeaseClock): number {
  if (record.released) {
    return 0;
  }
  const unchangedMs = sinceMs + record.ttlMs - clock.monotonicMs();
  const skewedMs = Date.parse(record.expiresAt) + maxClockSkewMs - clock.wallMs();
  return Math.min(unchangedMs, skewedMs);
}

/** @returns Nothing when somebody else was faster. */
async function takeOver(
  store: FileStore,
  path: string,
  stored: StoredLease | undefined,
  clock: LeaseClock,
  options: AcquireLeaseOptions,
): Promise<LeaseHolder | undefined> {
  const granting = grant(store, path, stored, clock, options);
  try {
    return await raceAbort(granting, options.signal);
  } catch (error) {
    // Nobody is there to hear of a failure; what cannot be given back expires.
    granting.then((lease) => lease?.release()).catch(() => undefined);
    throw error;
  }
}

async function grant(
  store: FileStore,
  path: string,
  stored: StoredLease | undefined,
  clock: LeaseClock,
  { ttlMs, owner, createId = () => crypto.randomUUID() }: AcquireLeaseOptions,
): Promise<LeaseHolder | undefined> {
  // First the clock that the holder goes by, then the one for the others: a pause in between makes the holder's time end earlier.
  const sentMs = clock.monotonicMs();
  const record: LeaseRecord = {
    ...stored?.record,
    format: leaseFormat,
    owner,
    token: (stored?.record.token ?? 0) + 1,
    ttlMs,
    expiresAt: new Date(clock.wallMs() + ttlMs).toISOString(),
    renewals: 0,
    acquisitionId: createId(),
    released: false,
    releaseRequestedBy: undefined,
  };
  const written = await writeLease(store, path, record, stored?.info, {});
  if (written?.record.acquisitionId !== record.acquisitionId) {
    return undefined;
  }
  const lease = new LeaseHolder(store, path, clock, written, sentMs);
  if (lease.signal.aborted) {
    await lease.release();
    throw new FileStoreError('timeout', `${JSON.stringify(path)}: granting the lease took longer than its ${ttlMs} ms`, { path });
  }
  return lease;
}

/** Somebody waits for this timer: the process stays for it. */
async function pause(clock: LeaseClock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.startTimer(delayMs, resolve, { keepsAlive: true });
  try {
    await raceAbort(promise, signal);
  } finally {
    cancel();
  }
}
