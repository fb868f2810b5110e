import type { BigIntStats } from 'node:fs';
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './local-error.ts';
import { lstatIfPresent } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import type { Operation } from './operation.ts';

/** How many entries are removed together. */
const batchSize = 32;

/**
 * Removes a file, a link, or a directory with everything in it; what is missing is no error.
 *
 * Unlike `fs.rm` it enters every directory by {@link LocalRoot.within}: nothing is removed behind a link that another program plants meanwhile.
 *
 * @param beforeUnlink Told of every entry that is no directory, before it goes.
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
      if (stats?.isDirectory() === false) {
        await beforeUnlink(stats);
        await unlink(entry);
      }
      return stats?.isDirectory() === true;
    });
    if (isDirectory) {
      await removeChildren(root, absolute, operation, beforeUnlink);
      await root.reach(absolute, operation, (entry) => rmdir(entry));
    }
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
  }
}

async function removeChildren(
  root: LocalRoot,
  absolute: string,
  operation: Operation,
  beforeUnlink: (stats: BigIntStats) => Promise<void>,
): Promise<void> {
  const names = await root.within(absolute, operation, ({ self }) => readdir(self));
  for (let i = 0; i < names.length; i += batchSize) {
    const batch = names.slice(i, i + batchSize);
    await Promise.all(batch.map((name) => removeTree(root, join(absolute, name), operation, beforeUnlink)));
  }
}
