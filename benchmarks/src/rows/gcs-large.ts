import type { Finding } from '../finding.ts';
import { openGcsPlace } from '../gcs-place.ts';
import { storeGcsFiles } from '../jobs/gcs-jobs.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { compareStreams, compareThroughput } from './compare-streams.ts';
import { largeFileOf } from './large-file.ts';
import type { RowContext } from './row-context.ts';

/** What the store reaches of the SDK. */
const target = { ratioAtLeast: 0.9, addedBelowMiB: 96 };

/** A large object on a server of Google's protocol as a stream, each time in a process of its own. */
export async function measureGcsLarge(context: RowContext): Promise<Finding[]> {
  await using place = await openGcsPlace();
  const { server, prefix } = place;
  const { bytes, size } = largeFileOf(context);
  await storeGcsFiles(server, prefix, bytes);
  const names = ['write', 'bare-write-in-parts', 'bare-write', 'read', 'bare-read', 'bare-read-unchecked'] as const;
  const results = await runJobs('gcs', names, context, { directory: prefix, environment: server.environment, size: bytes });
  const read = `${server.name}: readStream of ${size}`;
  const write = `${server.name}: write a stream of ${size}`;
  const bareParts = { name: 'createWriteStream, our part size', results: results['bare-write-in-parts'] };
  const bareWrite = { name: 'createWriteStream, as it is: one request', results: results['bare-write'] };
  const bareRead = { name: 'createReadStream', results: results['bare-read'] };
  const bareReadUnchecked = { name: 'createReadStream({ validation: false })', results: results['bare-read-unchecked'] };
  return [
    ...compareStreams(write, results.write, bareWrite, target),
    compareThroughput(write, results.write, bareParts, target),
    ...compareStreams(read, results.read, bareRead, target),
    compareThroughput(read, results.read, bareReadUnchecked),
  ];
}
