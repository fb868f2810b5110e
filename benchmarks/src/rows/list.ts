import { compareRounds, medianOf, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import type { JobResult } from '../jobs/job.ts';
import { makeListedDirectories } from '../jobs/list-jobs.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { findAddedMemory } from './added-memory.ts';
import type { RowContext } from './row-context.ts';

/** What a listing may add to the resident memory, in MiB. */
const addedBelowMiB = 64;

/** A directory of 100,000 files, or 20,000 in a shorter run, each time in a process of its own. */
export async function measureList(context: RowContext): Promise<Finding[]> {
  const size = context.full ? 100_000 : 20_000;
  const many = `${size.toLocaleString('en-US')} files`;
  context.onProgress(`making ${many}`);
  makeListedDirectories(context.directory, size);
  const {
    entries,
    list,
    readdir,
    'readdir-lstat': readdirLstat,
  } = await runJobs('list', ['entries', 'readdir-lstat', 'list', 'readdir'], context, { ...context, size });
  const bare = { name: 'fs/promises readdir, 64 lstats at once', results: readdirLstat };
  return [
    compareSpeed(`entries() of ${many}`, entries, bare.name, bare.results),
    { what: `entries() of ${many}: time`, ours: medianOf(entries.map(({ seconds }) => seconds)), unit: 's' },
    findAddedMemory(`entries() of ${many}`, entries, bare, addedBelowMiB),
    compareSpeed(`list() of ${many}`, list, 'fs/promises readdir', readdir),
  ];
}

function compareSpeed(what: string, ours: readonly JobResult[], name: string, others: readonly JobResult[]): Finding {
  return { what, unit: '/s', ...compareRounds(filesPerSecond('ours', ours), filesPerSecond(name, others)) };
}

function filesPerSecond(name: string, results: readonly JobResult[]): Rounds {
  return { name, reached: results.map(({ size, seconds }) => size / seconds) };
}
