import { type Dirent, type Stats, statfsSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { isError } from '@oh/file-store-core';
import type { HeldDirectory } from './held-directory.ts';
import { errnoOf } from './local-error.ts';
import { retryBusy } from './retry-busy.ts';

/** What an entry of a directory is. */
export type EntryKind = 'file' | 'directory' | 'other';

/** So many names come from one call of the system, which sees the directory as it is at one moment. */
const maxAtOnce = 100;

/** Before its time of change, in milliseconds, a directory may have changed after it had that time: the system's clock for it goes in steps. */
const clockStepMs = 50;

/** How often a directory that changes all the time is read at most. */
const maxPasses = 10;

/**
 * File systems where a file keeps its place in its directory as long as it has its name, by the type that Linux gives them: ext2, ext3 and ext4; xfs.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const placeKeepingTypes: ReadonlySet<number> = new Set([0xef53, 0x58465342]);

/**
 * The entries of a directory, each once; one that is there all the time is not missed.
 *
 * On btrfs and tmpfs a file that is replaced gets a new place in its directory, so that whoever reads a large one may miss it, or meet it twice. So what changes is
 * read again, until there is nothing new in it.
 *
 * @returns By name. What comes or goes meanwhile may be there or not.
 */
export async function readDirectory(directory: HeldDirectory, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, EntryKind>> {
  const found = new Map<string, EntryKind>();
  let [hasGrown, withoutNew] = [false, 0];
  for (let pass = 1; ; pass += 1) {
    signal?.throwIfAborted();
    const began = Date.now();
    const entries = await retryBusy(() => readOnce(directory), signal);
    const isWhole = entries.size <= maxAtOnce || (await stat(directory.self)).mtimeMs < began - clockStepMs;
    if (isWhole || (pass === 1 && keepsPlaces(directory))) {
      return entries;
    }
    const before = found.size;
    for (const [name, kind] of entries) {
      found.set(name, kind);
    }
    const isNew = pass > 1 && found.size > before;
    hasGrown ||= isNew;
    withoutNew = isNew || pass === 1 ? 0 : withoutNew + 1;
    // What one pass has missed may be missed again, where more than that was.
    if (withoutNew === (hasGrown ? 2 : 1) || pass === maxPasses) {
      return found;
    }
  }
}

function keepsPlaces(directory: HeldDirectory): boolean {
  return process.platform === 'linux' && placeKeepingTypes.has(statfsSync(directory.self).type);
}

async function readOnce(directory: HeldDirectory): Promise<Map<string, EntryKind>> {
  try {
    const entries = await readdir(directory.self, { withFileTypes: true });
    return new Map(entries.map((entry) => [entry.name, kindOf(entry)]));
  } catch (error) {
    if (!isGoneEntry(error)) {
      throw error;
    }
    return await lookAtEach(directory, await readdir(directory.self));
  }
}

/** Where the file system tells no kinds, Node looks at each entry, and fails when one of them has gone meanwhile: that is not a directory that is missing. */
function isGoneEntry(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' && isError(error) && 'syscall' in error && error.syscall === 'lstat';
}

async function lookAtEach(directory: HeldDirectory, names: readonly string[]): Promise<Map<string, EntryKind>> {
  const looks = names.map(async (name): Promise<readonly [string, EntryKind] | undefined> => {
    try {
      return [name, kindOf(await lstat(directory.entry(name)))];
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
  });
  return new Map((await Promise.all(looks)).filter((entry) => entry !== undefined));
}

function kindOf(entry: Dirent | Stats): EntryKind {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}
