import { collectGarbage } from '../collect-garbage.ts';
import type { Job, JobResult } from './job.ts';
import { listJobs } from './list-jobs.ts';
import { streamJobs } from './stream-jobs.ts';

/** Usage: `node job-program.ts JOB DIRECTORY`. Does one job; its only output is a {@link JobResult} as JSON. */

/** How often the memory is looked at. */
const sampleEveryMs = 2;

const jobs: Readonly<Record<string, Job>> = { ...streamJobs, ...listJobs };
const [name = '', directory = ''] = process.argv.slice(2);
const job = jobs[name];
if (job === undefined) {
  throw new TypeError(`no job ${JSON.stringify(name)}`);
}
await job.warmUp(directory);
collectGarbage();
const result = await measure(job);
await job.check?.(directory);
process.stdout.write(JSON.stringify(result));

async function measure({ run }: Job): Promise<JobResult> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const sample = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const sampling = setInterval(sample, sampleEveryMs);
  const startedAt = performance.now();
  await run(directory);
  const seconds = (performance.now() - startedAt) / 1000;
  sample();
  clearInterval(sampling);
  return { seconds, addedBytes: highest - before };
}
