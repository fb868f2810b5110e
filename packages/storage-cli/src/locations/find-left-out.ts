import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AbortOptions } from '@oh/file-store-core';
import { storeDirectories } from './enclosing-root.ts';
import type { Location } from './location.ts';

/** What lies below a directory of the local disk and is in no listing of a store. */
export interface LeftOut {
  /** From the directory, in order. */
  readonly paths: readonly string[];
  /** Whether a path is one of them, or lies below one. */
  covers(path: string): boolean;
}

/**
 * Finds what listings leave out: symbolic links, special files, and names that no path can have. In a bucket, or in memory, there is none.
 *
 * What cannot be looked at is not among it: listings do not leave it out, but fail.
 */
export async function findLeftOut({ address }: Pick<Location, 'address'>, options: AbortOptions): Promise<LeftOut> {
  const [scheme, root = ''] = address.split(/:(.*)/s);
  const paths: string[] = [];
  if (scheme === 'local') {
    for await (const path of walk(root || '/', options)) {
      paths.push(path);
    }
  }
  const known = new Set(paths);
  return { paths: paths.sort(), covers: (path) => selfAndParents(path).some((each) => known.has(each)) };
}

async function* walk(root: string, { signal }: AbortOptions): AsyncGenerator<string, void, undefined> {
  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    signal?.throwIfAborted();
    const entries = await readdir(join(root, directory), { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries.filter(({ name }) => !storeDirectories.includes(name))) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (!(entry.isFile() || entry.isDirectory()) || !(await isPathName(join(root, directory), entry.name))) {
        yield path;
      } else if (entry.isDirectory()) {
        pending.push(path);
      }
    }
  }
}

/** Whether a path can have the name; bytes that are not UTF-8 come as U+FFFD, under which there is nothing. */
async function isPathName(directory: string, name: string): Promise<boolean> {
  if (!name.includes('\ufffd')) {
    return !/\p{Cc}/u.test(name);
  }
  return await lstat(join(directory, name)).then(
    () => true,
    () => false,
  );
}

function selfAndParents(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}
