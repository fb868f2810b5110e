import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a local store keeps in its root, and nowhere else: locks and temporary files, and metadata. */
const marks = ['.oh-tmp', '.oh-metadata'];

/**
 * The root of the store that a directory lies in, by what the store keeps there: only in that root are its locks and its metadata.
 *
 * The nearest directory counts, the directory itself included; none above `home`, when it lies there, none of another file system, which no
 * store spans, and none where strangers may leave a mark (with the sticky bit, such as `/tmp`).
 *
 * @param directory Absolute, without symbolic links; it need not be there. @param home The home directory, likewise.
 */
export async function findEnclosingRoot(directory: string, home: string): Promise<string | undefined> {
  let device: number | undefined;
  for (const candidate of upwards(directory, home)) {
    const stats = await statIfPresent(stat, candidate);
    device ??= stats?.dev;
    if (stats?.dev !== device) {
      return undefined;
    }
    if (stats !== undefined && !isSticky(stats) && (await hasMark(candidate))) {
      return candidate;
    }
  }
  return undefined;
}

function* upwards(directory: string, last: string): Generator<string, void, undefined> {
  let current = directory;
  yield current;
  while (current !== last && dirname(current) !== current) {
    current = dirname(current);
    yield current;
  }
}

async function hasMark(directory: string): Promise<boolean> {
  const found = await Promise.all(marks.map((name) => statIfPresent(lstat, join(directory, name))));
  return found.some((stats) => stats?.isDirectory() === true);
}

/** `undefined` also for what cannot be looked at: the store meets it again and says what it is. */
async function statIfPresent(read: (path: string) => Promise<Stats>, path: string): Promise<Stats | undefined> {
  return await read(path).catch(() => undefined);
}

function isSticky({ mode }: Stats): boolean {
  return (mode & 0o1000) !== 0;
}
