import { type BigIntStats, futimesSync } from 'node:fs';

let lastMicroseconds = 0;

/**
 * The version of a file: its inode, its size and the time of its last change in nanoseconds.
 *
 * Every write makes a new inode and stamps it with a time of its own ({@link stampTime}), so that neither a reused inode nor a coarse
 * clock of the file system gives two contents one version.
 */
export function versionOf(stats: Pick<BigIntStats, 'ino' | 'size' | 'mtimeNs'>): string {
  return `${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`;
}

/**
 * Sets the time of change of a file that is not visible yet to now, in microseconds, later than every time this process has set before.
 *
 * @param fd The open file.
 */
export function stampTime(fd: number): void {
  const now = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  lastMicroseconds = Math.max(now, lastMicroseconds + 1);
  // A double holds seconds since 1970 to a quarter of a microsecond.
  const seconds = lastMicroseconds / 1_000_000;
  futimesSync(fd, seconds, seconds);
}
