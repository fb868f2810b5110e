import type { Finding } from '../finding.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { storeFiles } from '../jobs/stream-jobs.ts';
import { compareStreams } from './compare-streams.ts';
import type { RowContext } from './row-context.ts';

/** What the store reaches of bare system calls. */
const target = { ratioAtLeast: 0.8, addedBelowMiB: 64 };

/** A file of 300 MiB as a stream, each time in a process of its own. */
export async function measureStream(context: RowContext): Promise<Finding[]> {
  await storeFiles(context.directory);
  const names = ['write-durable', 'bare-write-durable', 'write-atomic', 'bare-write-atomic', 'read', 'bare-read'] as const;
  const results = await runJobs('stream', names, context);
  const { 'write-durable': durable, 'write-atomic': atomic, read } = results;
  const bareDurable = { name: 'createWriteStream, fsync, rename, directory fsync', results: results['bare-write-durable'] };
  const bareAtomic = { name: 'createWriteStream, rename', results: results['bare-write-atomic'] };
  const bareRead = { name: 'createReadStream', results: results['bare-read'] };
  return [
    ...compareStreams('write a stream of 300 MiB, durable', durable, bareDurable, target),
    ...compareStreams('write a stream of 300 MiB, atomic', atomic, bareAtomic, target),
    ...compareStreams('readStream of 300 MiB', read, bareRead, target),
  ];
}
