import type { Finding } from '../finding.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { storeS3Files } from '../jobs/s3-jobs.ts';
import { openS3Place } from '../s3-place.ts';
import { compareStreams, compareThroughput } from './compare-streams.ts';
import { largeFileOf } from './large-file.ts';
import type { RowContext } from './row-context.ts';

/** What the store reaches of the SDK. */
const target = { ratioAtLeast: 0.9, addedBelowMiB: 96 };

/** A large object on an S3 server as a stream, each time in a process of its own. */
export async function measureS3Large(context: RowContext): Promise<Finding[]> {
  await using place = await openS3Place();
  const { server, prefix } = place;
  const { bytes, size } = largeFileOf(context);
  await storeS3Files(server, prefix, bytes);
  const names = ['write', 'bare-write', 'bare-write-as-the-store', 'read', 'bare-read'] as const;
  const results = await runJobs('s3', names, context, { directory: prefix, environment: server.environment, size: bytes });
  const write = `${server.name}: write a stream of ${size}`;
  const upload = { name: 'lib-storage Upload, as it is', results: results['bare-write'] };
  const sameUpload = { name: 'lib-storage Upload, our part size', results: results['bare-write-as-the-store'] };
  const get = { name: 'GetObjectCommand', results: results['bare-read'] };
  return [
    ...compareStreams(write, results.write, upload, target),
    compareThroughput(write, results.write, sameUpload, target),
    ...compareStreams(`${server.name}: readStream of ${size}`, results.read, get, target),
  ];
}
