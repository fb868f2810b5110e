import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.ts';

/** A new directory with files, by their paths, of these contents. */
export async function createTree(tree: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** A new directory with files whose contents are their paths. */
export async function createFiles(...paths: readonly string[]): Promise<string> {
  return await createTree(Object.fromEntries(paths.map((path) => [path, path])));
}

/** The paths of the files below a directory, sorted. */
export async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort();
}

/** As {@link listFiles}, without the records that transfers keep. */
export async function listCopied(directory: string): Promise<string[]> {
  return (await listFiles(directory)).filter((path) => !path.startsWith('.oh-sync/'));
}
