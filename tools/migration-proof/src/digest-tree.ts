import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The SHA-256 of every file below a directory, by its path; read with the file system alone. */
export async function digestTree(root: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) {
      const path = join(entry.parentPath, entry.name);
      digests.set(
        relative(root, path),
        createHash('sha256')
          .update(await readFile(path))
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
