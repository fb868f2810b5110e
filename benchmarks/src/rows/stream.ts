import { compareRounds, type Rounds } from '../compare-rounds.ts';
import type { Finding } from '../finding.ts';
import type { JobResult } from '../jobs/job.ts';
import { largeBytes } from '../jobs/pattern.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { storeFiles } from '../jobs/stream-jobs.ts';
import { findAddedMemory } from './added-memory.ts';
import type { RowContext } from './row-context.ts';

/** A file of 300 MiB as a stream, each time in a process of its own. */
export async function measureStream(context: RowContext): Promise<Finding[]> {
  await storeFiles(context.directory);
  const names = ['write-durable', 'bare-write-durable', 'write-atomic', 'bare-write-atomic', 'read', 'bare-read'] as const;
  const results = await runJobs(names, context);
  const compare = (what: string, ours: readonly JobResult[], name: string, bare: readonly JobResult[]): Finding[] => [
    {
      what,
      unit: 'MiB/s',
      ...compareRounds(ratesOf('ours', ours), ratesOf(name, bare)),
      wanted: { ratioAtLeast: 0.8 },
    },
    findAddedMemory(what, ours, { name, results: bare }),
  ];
  const { 'write-durable': durable, 'write-atomic': atomic, read } = results;
  return [
    ...compare(
      'write a stream of 300 MiB, durable',
      durable,
      'createWriteStream, fsync, rename, directory fsync',
      results['bare-write-durable'],
    ),
    ...compare('write a stream of 300 MiB, atomic', atomic, 'createWriteStream, rename', results['bare-write-atomic']),
    ...compare('readStream of 300 MiB', read, 'createReadStream', results['bare-read']),
  ];
}

function ratesOf(name: string, results: readonly JobResult[]): Rounds {
  return { name, reached: results.map(({ seconds }) => largeBytes / 1024 ** 2 / seconds) };
}
