import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readResults, resultsFileName } from '../../src/results/results.ts';
import { writeResults } from '../../src/results/write-results.ts';
import { sampleResults } from './sample-results.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oh-results-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('what was written is read again', async () => {
  await writeResults(sampleResults, directory);
  expect(await readResults(directory)).toEqual(sampleResults);
});

test('a chart of an earlier run that this one has not goes', async () => {
  await writeFile(join(directory, 'gcs.svg'), '<svg/>');
  await writeResults(sampleResults, directory);
  await expect(readResults(join(directory, 'none'))).rejects.toThrow('ENOENT');
  await expect(rm(join(directory, 'gcs.svg'))).rejects.toThrow('ENOENT');
  await rm(join(directory, 'local.svg'));
});

test.each(['{"format":2}', '{}', 'null', '[]', '"text"'])('results of another format are refused: %s', async (text) => {
  await writeFile(join(directory, resultsFileName), text);
  await expect(readResults(directory)).rejects.toThrow('is not what this program writes: measure again');
});
