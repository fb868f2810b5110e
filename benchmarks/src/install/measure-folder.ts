import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder of installed packages holds. */
export interface FolderSize {
  /** Packages, each version that is there. */
  readonly packages: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

/** The packages and bytes below `node_modules`. A package is a directory there, or in a scope there, that has a `package.json`. */
export async function measureFolder(nodeModules: string): Promise<FolderSize> {
  let [packages, bytes] = [0, 0];
  for (const entry of await readdir(nodeModules, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) {
      bytes += (await lstat(join(entry.parentPath, entry.name))).size;
      packages += entry.name === 'package.json' && isPackageFolder(entry.parentPath) ? 1 : 0;
    }
  }
  return { packages, bytes };
}

function isPackageFolder(path: string): boolean {
  return /[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^@/\\.][^/\\]*$/u.test(path);
}
