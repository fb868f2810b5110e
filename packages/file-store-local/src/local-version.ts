import { type BigIntStats, futimesSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isError } from '@oh/file-store-core';

/**
 * The version of a file: its inode, its size and the time of its last change in nanoseconds.
 *
 * Every write makes a new inode and stamps it with a time of its own ({@link stampTime}), so that a reused inode does not give two contents one version; where times
 * are too coarse for that, no inode is given up before its time is over ({@link outlastTime}).
 */
export function versionOf(stats: Pick<BigIntStats, 'ino' | 'size' | 'mtimeNs'>): string {
  return `${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`;
}

/** How far the clock of fractions may be from the one of whole milliseconds, in milliseconds, before it is set anew. */
const maxDriftMs = 2;

/** Times in microseconds since 1970, each later than all before. */
export class TimeStamps {
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;
  #offsetMs: number;
  #last = 0;

  /** @param wallMs The time of day in whole milliseconds. @param monotonicMs A clock with fractions of them. */
  constructor(wallMs: () => number = Date.now, monotonicMs: () => number = () => performance.now()) {
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = wallMs() - monotonicMs();
  }

  /** Now. Where the time of day was set back, microseconds after the last one. */
  next(): number {
    const wall = this.#wallMs();
    const monotonic = this.#monotonicMs();
    // It stands still while the machine sleeps, and goes on when somebody sets the time.
    if (Math.abs(monotonic + this.#offsetMs - wall) > maxDriftMs) {
      this.#offsetMs = wall - monotonic;
    }
    this.#last = Math.max(Math.floor((monotonic + this.#offsetMs) * 1000), this.#last + 1);
    return this.#last;
  }
}

const timeStamps = new TimeStamps();

/**
 * Sets the time of change of a file that is not visible yet to now, in microseconds, later than every time this process has set before.
 *
 * @param fd The open file.
 */
export function stampTime(fd: number): void {
  // A double holds seconds since 1970 to a quarter of a microsecond.
  const seconds = timeStamps.next() / 1_000_000;
  futimesSync(fd, seconds, seconds);
}

/**
 * As {@link stampTime} for a file that has just grown, and so has a new version in any case: another user's file keeps the time that the system gave it, since only its owner
 * may set one.
 */
export function stampTimeIfOwner(fd: number): void {
  try {
    stampTime(fd);
  } catch (error) {
    if (!(isError(error) && 'code' in error && error.code === 'EPERM')) {
      throw error;
    }
  }
}

/** By how much a stamp may be ahead of the time of day, in milliseconds, and a timer early. */
const maxAheadMs = 5;

/**
 * Waits, before a file loses its name and with that its inode, until no new file can have its time. Only a file of this very second is waited for, and only where its time is
 * a whole second, as all are on ext2, ext3, and ext4 with inodes of 128 bytes: a file with that inode would have its version, with other contents.
 *
 * @throws The reason of `signal`.
 */
export async function outlastTime(stats: Pick<BigIntStats, 'mtimeNs' | 'nlink'>, signal?: AbortSignal): Promise<void> {
  if (stats.mtimeNs % 1_000_000_000n === 0n && stats.nlink <= 1n) {
    const leftMs = Number(stats.mtimeNs / 1_000_000n) + 1_000 + maxAheadMs - Date.now();
    if (leftMs > 0 && leftMs <= 1_000 + 2 * maxAheadMs) {
      await delay(leftMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}
