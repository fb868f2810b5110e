import type { AbortOptions, FileInfo, FileStore } from './file-store.ts';
import { FileStoreError, hasErrorCode } from './file-store-error.ts';

/** Names the format, so that no other JSON file is ever taken for a lease. */
export const leaseFormat = 'oh-lease-1';

/** Longest ttl in milliseconds: the longest delay of `setTimeout`, almost 25 days. */
const maxTtlMs = 2 ** 31 - 1;

/** Most bytes that are read of a record; a foreign file may have any size. */
const maxRecordBytes = 65_536;

/** Longest name of an owner, so that records stay far below {@link maxRecordBytes}. */
const maxNameLength = 1024;

/** What is stored at the path of a lease, as JSON; fields that are not named here survive. */
export interface LeaseRecord {
  readonly format: typeof leaseFormat;
  /** Who holds the lease, or held it. */
  readonly owner: string;
  /** Fencing token: one more with every acquisition. */
  readonly token: number;
  readonly ttlMs: number;
  /** ISO 8601, by the wall clock of the owner. */
  readonly expiresAt: string;
  /** One more with every attempt to renew: with `acquisitionId` it tells one grant from every other. */
  readonly renewals: number;
  /** Random: the winner finds its own record by it when the answer was lost. */
  readonly acquisitionId: string;
  readonly released: boolean;
  /** Who asked the owner to release. */
  readonly releaseRequestedBy?: string | undefined;
}

/** A record with the version of the file that has it. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly info: FileInfo;
}

/** Refuses a store that cannot hold a lease, before any I/O. */
export function checkLeaseStore(store: FileStore, path: string): void {
  if (!store.capabilities.conditions) {
    throw new FileStoreError('unsupported', `a lease needs a store with conditions (for ${JSON.stringify(path)})`, { path });
  }
}

/** Refuses a name that would make the record unreadable. */
export function checkLeaseParty(name: string): void {
  if (typeof name !== 'string' || name.length > maxNameLength) {
    throw new TypeError(`who holds or asks for a lease is named by a string of at most ${maxNameLength} characters`);
  }
}

/** Whether two records are one and the same grant, whatever else was noted in them. */
export function isSameGrant(one: LeaseRecord, other: LeaseRecord): boolean {
  return one.acquisitionId === other.acquisitionId && one.renewals === other.renewals;
}

/** Whether a lease can last so many milliseconds. */
export function isTtl(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= maxTtlMs;
}

/** @throws {FileStoreError} `corrupt` when the text is no lease record of this format. */
export function parseLeaseRecord(path: string, text: string): LeaseRecord {
  try {
    const value: unknown = JSON.parse(text);
    if (isLeaseRecord(value)) {
      return value;
    }
  } catch {
    // The error of JSON.parse says no more, and repeats a part of the text.
  }
  throw new FileStoreError('corrupt', `${JSON.stringify(path)} is no lease record, and is left as it is`, { path });
}

/** The record at `path`, or `undefined` when no file is there. @throws {FileStoreError} `corrupt`. */
export async function readLease(store: FileStore, path: string, options: AbortOptions): Promise<StoredLease | undefined> {
  try {
    const file = await store.open(path, { ...options, range: { end: maxRecordBytes } });
    return { record: parseLeaseRecord(path, await file.text()), info: file.info };
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Replaces `current` by `record` by compare-and-set. A failure is resolved by reading back: the answer to a write that was done may be lost.
 *
 * @returns What is there now: `record`, or what somebody else was faster to write.
 */
export async function writeLease(
  store: FileStore,
  path: string,
  record: LeaseRecord,
  current: FileInfo | undefined,
  options: AbortOptions,
): Promise<StoredLease | undefined> {
  const condition = current === undefined ? { ifAbsent: true } : { ifVersion: current.version };
  const { contentType, metadata } = current ?? {};
  try {
    const info = await store.write(path, JSON.stringify(record), { ...options, ...condition, contentType, metadata });
    return { record, info };
  } catch (error) {
    const lost = hasErrorCode(error, 'version-mismatch') || hasErrorCode(error, 'already-exists');
    const stored = await readLease(store, path, options).catch((readError: unknown) => {
      throw lost ? readError : error;
    });
    if (lost || (stored !== undefined && isSameGrant(stored.record, record))) {
      return stored;
    }
    throw error;
  }
}

function isLeaseRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const record: Partial<Record<keyof LeaseRecord, unknown>> = value;
  return (
    record.format === leaseFormat &&
    typeof record.owner === 'string' &&
    isCount(record.token) &&
    isTtl(record.ttlMs) &&
    typeof record.expiresAt === 'string' &&
    !Number.isNaN(Date.parse(record.expiresAt)) &&
    isCount(record.renewals) &&
    typeof record.acquisitionId === 'string' &&
    typeof record.released === 'boolean' &&
    (record.releaseRequestedBy === undefined || typeof record.releaseRequestedBy === 'string')
  );
}

/** Whole, from 0, and with a successor. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value + 1) && value >= 0;
}
