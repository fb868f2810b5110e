import type { Finding } from '../finding.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { storeFiles } from '../jobs/stream-jobs.ts';
import { compareStreams } from './compare-streams.ts';
import { largeFileOf } from './large-file.ts';
import type { RowContext } from './row-context.ts';

/** What the store reaches of bare system calls. */
const target = { ratioAtLeast: 0.8, addedBelowMiB: 64 };

/** A large file as a stream, each time in a process of its own. */
export async function measureStream(context: RowContext): Promise<Finding[]> {
  const { bytes, size } = largeFileOf(context);
  await storeFiles(context.directory, bytes);
  const names = ['write-durable', 'bare-write-durable', 'write-atomic', 'bare-write-atomic', 'read', 'bare-read'] as const;
  const results = await runJobs('stream', names, context, { ...context, size: bytes });
  const { 'write-durable': durable, 'write-atomic': atomic, read } = results;
  const bareDurable = { name: 'createWriteStream, fsync, rename, directory fsync', results: results['bare-write-durable'] };
  const bareAtomic = { name: 'createWriteStream, rename', results: results['bare-write-atomic'] };
  const bareRead = { name: 'createReadStream', results: results['bare-read'] };
  return [
    ...compareStreams(`write a stream of ${size}, durable`, durable, bareDurable, target),
    ...compareStreams(`write a stream of ${size}, atomic`, atomic, bareAtomic, target),
    ...compareStreams(`readStream of ${size}`, read, bareRead, target),
  ];
}
