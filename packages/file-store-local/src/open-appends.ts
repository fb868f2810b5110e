import type { BigIntStats } from 'node:fs';
import { sep } from 'node:path';
import { closeQuietly } from './descriptors.ts';
import { lstatIfPresent } from './local-file.ts';

/** Files that are kept open at most. */
const maxFiles = 16;

/** After one to two times so long, in milliseconds, a file that is not appended to is closed. */
const idleMs = 500;

/** A file open for appending. */
export interface OpenAppend {
  readonly fd: number;
  /** What the system knows of it now. */
  readonly stats: BigIntStats;
}

interface KeptFile extends OpenAppend {
  isIdle: boolean;
}

/**
 * Files that are kept open from one append to the next, which spares finding and opening them anew.
 *
 * What has not been made durable may be kept on a local file system alone: on others it is `close` that shows it to everybody and tells of its errors.
 */
export class OpenAppends {
  readonly #files = new Map<string, KeptFile>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * Takes an open file, which the caller gives back or closes.
   *
   * @param target The file's absolute path.
   * @returns `undefined` when none is kept, or when it no longer is the file at `target`, with the permissions it was opened with.
   */
  take(target: string): OpenAppend | undefined {
    const kept = this.#files.get(target);
    if (kept === undefined) {
      return undefined;
    }
    this.#files.delete(target);
    const stats = lookQuietly(target);
    if (stats === undefined || !isSameFile(stats, kept.stats)) {
      closeQuietly(kept.fd);
      return undefined;
    }
    return { fd: kept.fd, stats };
  }

  /** Keeps a file open for the next append to it. */
  keep(target: string, { fd, stats }: OpenAppend): void {
    this.#drop(target);
    this.#files.set(target, { fd, stats, isIdle: false });
    const [oldest] = this.#files.keys();
    if (this.#files.size > maxFiles && oldest !== undefined) {
      this.#drop(oldest);
    }
    this.#timer ??= setInterval(() => this.#dropIdle(), idleMs).unref();
  }

  /** Closes a file, or those below a directory, that was deleted: only then is its room on the disk free. */
  letGo(target: string): void {
    for (const kept of [...this.#files.keys()].filter((each) => each === target || each.startsWith(target + sep))) {
      this.#drop(kept);
    }
  }

  /** Closes them all. */
  close(): void {
    for (const target of [...this.#files.keys()]) {
      this.#drop(target);
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #dropIdle(): void {
    for (const [target, file] of [...this.#files]) {
      if (file.isIdle) {
        this.#drop(target);
      }
      file.isIdle = true;
    }
    if (this.#files.size === 0) {
      this.close();
    }
  }

  #drop(target: string): void {
    const file = this.#files.get(target);
    if (file !== undefined) {
      this.#files.delete(target);
      closeQuietly(file.fd);
    }
  }
}

function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/** Where it cannot be looked at, whoever opens it anew is told why. */
function lookQuietly(target: string): BigIntStats | undefined {
  try {
    return lstatIfPresent(target);
  } catch {
    return undefined;
  }
}
