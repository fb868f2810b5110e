import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fillRegions } from './fill-regions.ts';
import { publishedDirectory, publishedPage } from './published.ts';
import { makeResultFiles } from './result-files.ts';
import type { Results } from './results.ts';

/** Writes results, tables and charts into a directory, and into the page when that shows this directory; charts of an earlier run go. */
export async function writeResults(results: Results, directory: string): Promise<void> {
  const { files, regions } = await makeResultFiles(results, relative(join(publishedPage, '..'), publishedDirectory));
  await mkdir(directory, { recursive: true });
  for (const name of (await readdir(directory)).filter((entry) => entry.endsWith('.svg') && !files.has(entry))) {
    await rm(join(directory, name));
  }
  for (const [name, contents] of files) {
    await writeFile(join(directory, name), contents);
  }
  if (directory === publishedDirectory) {
    await writeFile(publishedPage, fillRegions(await readFile(publishedPage, 'utf8'), regions));
  }
}
