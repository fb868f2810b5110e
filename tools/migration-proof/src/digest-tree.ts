import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Where a store has its locks and what is not finished; a process that was killed leaves them to the next one that writes. */
const temporaryDirectory = '.oh-tmp';

/** The SHA-256 of every file below the root of a store, by its path, but for what is in {@link temporaryDirectory}; read with the file system alone. */
export async function digestTree(root: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name));
    if (!entry.isDirectory() && !path.startsWith(`${temporaryDirectory}${sep}`)) {
      digests.set(
        path,
        createHash('sha256')
          .update(await readFile(join(root, path)))
          .digest('hex'),
      );
    }
  }
  return digests;
}

/** What differs between two trees, a line for each file. */
export function compareTrees(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): readonly string[] {
  const missing = [...from].flatMap(([path, digest]) => {
    const there = to.get(path);
    return there === digest ? [] : [`${path}: ${there === undefined ? 'missing' : 'other bytes'}`];
  });
  const more = [...to.keys()].filter((path) => !from.has(path)).map((path) => `${path}: not at the source`);
  return [...missing, ...more];
}
