import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fillRegions } from '../../src/results/fill-regions.ts';
import { publishedDirectory, publishedPage } from '../../src/results/published.ts';
import { makeResultFiles } from '../../src/results/result-files.ts';
import { readResults } from '../../src/results/results.ts';

const published = await makeResultFiles(await readResults(publishedDirectory), '../benchmarks/results');

test('the published tables and charts are drawn from the published results', async () => {
  expect((await readdir(publishedDirectory)).sort()).toEqual([...published.files.keys()].sort());
  for (const [name, contents] of published.files) {
    expect(await readFile(join(publishedDirectory, name), 'utf8'), name).toBe(contents);
  }
});

test('the page about performance shows the published results', async () => {
  const page = await readFile(publishedPage, 'utf8');
  expect(fillRegions(page, published.regions)).toBe(page);
});
