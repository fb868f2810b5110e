import { randomUUID } from 'node:crypto';
import { type BigIntStats, unlinkSync } from 'node:fs';
import { readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { forEachConcurrently } from '@oh/file-store-core';
import type { HeldDirectory } from './held-directory.ts';
import { errnoOf, isMissing } from './local-error.ts';
import { lstatIfPresent } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import type { Operation } from './operation.ts';

/** How many entries are removed at once. */
const maxInFlight = 32;

/** How often a directory is looked into again that got an entry while it was removed. */
const maxAttempts = 100;

/**
 * Removes a file, a link, or a directory with everything in it; what is missing is no error.
 *
 * Unlike `fs.rm` it enters every directory by {@link LocalRoot.within}: nothing is removed behind a link that another program plants meanwhile.
 *
 * @param beforeUnlink Told of every entry that is no directory and has no other name (a hard link), before it goes.
 */
export async function removeTree(
  root: LocalRoot,
  absolute: string,
  operation: Operation,
  beforeUnlink: (stats: BigIntStats) => Promise<void> = async () => undefined,
): Promise<void> {
  try {
    const isDirectory = await root.reach(absolute, operation, async (entry) => {
      const stats = lstatIfPresent(entry);
      if (stats?.isDirectory() === false && stats.nlink > 1n) {
        // In the same turn: of names that are removed together each but the last must see another one.
        unlinkSync(entry);
      } else if (stats?.isDirectory() === false) {
        await beforeUnlink(stats);
        await unlink(entry);
      }
      return stats?.isDirectory() === true;
    });
    for (let attempt = 1, isLeft = isDirectory; isLeft; attempt += 1) {
      await removeChildren(root, absolute, operation, beforeUnlink);
      isLeft = await root.reach(absolute, operation, (entry) => hasNewEntries(entry, attempt));
    }
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
  }
}

/** Removes a directory that should be empty. @returns Whether it is not: who held it open may have put something there since it was read. */
async function hasNewEntries(entry: string, attempt: number): Promise<boolean> {
  try {
    await rmdir(entry);
    return false;
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' || attempt >= maxAttempts) {
      throw error;
    }
    return true;
  }
}

async function removeChildren(
  root: LocalRoot,
  absolute: string,
  operation: Operation,
  beforeUnlink: (stats: BigIntStats) => Promise<void>,
): Promise<void> {
  const names = await root.within(absolute, operation, readNames);
  await forEachConcurrently(names, { maxInFlight }, (name) => removeTree(root, join(absolute, name), operation, beforeUnlink));
}

/** The names in a directory; what has one that is not UTF-8, and so cannot be named by a text, gets another. */
async function readNames(directory: HeldDirectory): Promise<string[]> {
  const names = await readdir(directory.self, { encoding: 'buffer' });
  return await Promise.all(
    names.map(async (bytes) => {
      const name = bytes.toString();
      if (Buffer.from(name).equals(bytes)) {
        return name;
      }
      const other = randomUUID();
      await rename(Buffer.concat([Buffer.from(directory.entry('')), bytes]), directory.entry(other)).catch((error: unknown) => {
        if (!isMissing(error)) {
          throw error;
        }
      });
      return other;
    }),
  );
}
