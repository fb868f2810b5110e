import { comparePaths } from './compare-paths.ts';

/** Options of {@link walkTree}. */
export interface WalkOptions {
  /** Whether to go into directories instead of naming them. */
  readonly recursive: boolean;
  /** Only paths after this one. */
  readonly startAfter: string | undefined;
}

/** Most paths of a run. */
const maxRun = 64;

/**
 * The paths below a directory in the order of a listing, one directory read at a time.
 *
 * They come in runs of one path and more, since a turn for each would take longer than what is done with it.
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
): AsyncGenerator<readonly string[], void, undefined> {
  const open = async (path: string): Promise<OpenDirectory> => {
    const prefix = path === '' ? '' : `${path}/`;
    const names = await readNames(path);
    return { prefix, names, next: firstAfter(names, prefix, options) };
  };
  // Not by recursion: each level of nested generators would cost every path a few turns.
  const way = [await open(directory)];
  for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
    const run = takeRun(last, options);
    if (run.length > 0) {
      yield run;
      continue;
    }
    const name = last.names[last.next];
    if (name === undefined) {
      way.pop();
      continue;
    }
    last.next += 1;
    way.push(await open(last.prefix + name.slice(0, -1)));
  }
}

/** A directory on the way to where the walk is. */
interface OpenDirectory {
  readonly prefix: string;
  readonly names: readonly string[];
  next: number;
}

/** The paths up to the next directory to go into. */
function takeRun(directory: OpenDirectory, { recursive }: WalkOptions): string[] {
  const run: string[] = [];
  while (run.length < maxRun) {
    const name = directory.names[directory.next];
    if (name === undefined || (recursive && name.endsWith('/'))) {
      break;
    }
    run.push(directory.prefix + name);
    directory.next += 1;
  }
  return run;
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
