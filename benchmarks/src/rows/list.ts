import { compareRounds, medianOf, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import type { JobResult } from '../jobs/job.ts';
import { makeListedDirectories, manyFiles } from '../jobs/list-jobs.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { findAddedMemory } from './added-memory.ts';
import type { RowContext } from './row-context.ts';

/** What a listing may add to the resident memory, in MiB. */
const addedBelowMiB = 64;

/** A directory of 100,000 files, each time in a process of its own. */
export async function measureList(context: RowContext): Promise<Finding[]> {
  context.onProgress(`making ${manyFiles} files`);
  makeListedDirectories(context.directory);
  const {
    entries,
    list,
    readdir,
    'readdir-lstat': readdirLstat,
  } = await runJobs('list', ['entries', 'readdir-lstat', 'list', 'readdir'], context);
  const bare = { name: 'fs/promises readdir, 64 lstats at once', results: readdirLstat };
  return [
    compareSpeed('entries() of 100,000 files', entries, bare.name, bare.results),
    { what: 'entries() of 100,000 files: time', ours: medianOf(entries.map(({ seconds }) => seconds)), unit: 's' },
    findAddedMemory('entries() of 100,000 files', entries, bare, addedBelowMiB),
    compareSpeed('list() of 100,000 files', list, 'fs/promises readdir', readdir),
  ];
}

function compareSpeed(what: string, ours: readonly JobResult[], name: string, others: readonly JobResult[]): Finding {
  return { what, unit: '/s', ...compareRounds(filesPerSecond('ours', ours), filesPerSecond(name, others)) };
}

function filesPerSecond(name: string, results: readonly JobResult[]): Rounds {
  return { name, reached: results.map(({ seconds }) => manyFiles / seconds) };
}
