import { comparePaths } from './compare-paths.ts';

/** Options of {@link walkTree}. */
export interface WalkOptions {
  /** Whether to go into directories instead of naming them. */
  readonly recursive: boolean;
  /** Only paths after this one. */
  readonly startAfter: string | undefined;
}

/**
 * The paths below a directory in the order of a listing, one directory read at a time.
 *
 * Directories that lie wholly before `startAfter` are not read.
 *
 * @param directory Without a trailing slash; the root is `''`.
 * @param readNames The names in a directory in the order of {@link comparePaths}, directories ending in `/`; of a missing one none.
 * @returns Full paths, directories (where not recursive) ending in `/`.
 */
export async function* walkTree(
  directory: string,
  readNames: (directory: string) => readonly string[] | Promise<readonly string[]>,
  options: WalkOptions,
): AsyncGenerator<string, void, undefined> {
  const prefix = directory === '' ? '' : `${directory}/`;
  const names = await readNames(directory);
  for (let i = firstAfter(names, prefix, options); i < names.length; i += 1) {
    const path = prefix + names[i];
    if (options.recursive && path.endsWith('/')) {
      yield* walkTree(path.slice(0, -1), readNames, options);
    } else {
      yield path;
    }
  }
}

/** Index of the first name that comes after `startAfter` or, walking recursively, holds something that does. */
function firstAfter(names: readonly string[], prefix: string, { recursive, startAfter }: WalkOptions): number {
  if (startAfter === undefined) {
    return 0;
  }
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const path = prefix + names[middle];
    const holds = recursive && path.endsWith('/') && startAfter.startsWith(path);
    if (holds || comparePaths(path, startAfter) > 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
