import { statfsSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { errnoOf } from './local-error.ts';
import { SyncProgram } from './sync-program.ts';

/**
 * File systems whose every failure to write is told by syncfs(2), by the type that Linux gives them: ext2, ext3 and ext4; xfs; btrfs; f2fs.
 *
 * Not among them: overlayfs, where the file system below is told of the failure; network file systems and FUSE, where it need not reach the disk of the server.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const flushedTypes: ReadonlySet<bigint> = new Set([0xef53n, 0x58465342n, 0x9123683en, 0xf2f52010n]);

/** What is asked of an operating system. */
export interface OperatingSystem {
  readonly platform: NodeJS.Platform;
  /** The version of the kernel. */
  readonly release: string;
}

/** Makes everything durable on one file system. */
export interface Flusher {
  /**
   * Makes everything durable that has been written to the file system: contents, and names.
   *
   * @throws {Error} With `code` `ENOSPC`, `EDQUOT` or else `EIO`, when anything could not be written.
   * @throws {FlushNotBegun} When it was not tried: then another one is to be opened.
   */
  flush(): Promise<void>;
  /** Ends it; more than once is no error. */
  close(): Promise<void>;
}

/**
 * Opens a flusher of the file system of a directory, which need not be there yet.
 *
 * It needs Linux 5.8, before which syncfs(2) tells no errors, and the `sync` of GNU coreutils, which tells what syncfs returns; other programs of that name do not. It is
 * tried once, so that what forbids it is met before anything depends upon it.
 *
 * @returns `undefined` where it is not possible.
 * @see https://man7.org/linux/man-pages/man2/syncfs.2.html
 */
export async function openFlusher(directory: string, system: OperatingSystem = thisSystem()): Promise<Flusher | undefined> {
  if (system.platform !== 'linux' || !isSince(system.release, 5, 8)) {
    return undefined;
  }
  let flusher: SyncProgram | undefined;
  try {
    const existing = findExisting(directory);
    if (flushedTypes.has(statfsSync(existing, { bigint: true }).type)) {
      flusher = new SyncProgram(existing);
      await flusher.flush();
    }
    return flusher;
  } catch {
    // Whatever it lacks, files can be made durable one by one.
    await flusher?.close();
    return undefined;
  }
}

/** What is made below a directory lies on its file system. */
function findExisting(directory: string): string {
  try {
    statfsSync(directory);
    return directory;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(directory) === directory) {
      throw error;
    }
    return findExisting(dirname(directory));
  }
}

function thisSystem(): OperatingSystem {
  return { platform: process.platform, release: release() };
}

function isSince(version: string, major: number, minor: number): boolean {
  const [found = 0, foundMinor = 0] = version.split('.', 2).map((part) => Number.parseInt(part, 10));
  return found > major || (found === major && foundMinor >= minor);
}
