import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** How many temporary files are in a root: everything in `.oh-tmp` but locks. */
export function countTemporaryFiles(root: string): number {
  const directory = join(root, '.oh-tmp');
  return existsSync(directory) ? readdirSync(directory).filter((name) => !/^(?:lock|session)-/.test(name)).length : 0;
}
