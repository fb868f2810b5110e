import { collectGarbage } from '../collect-garbage.ts';
import type { Job, JobResult } from './job.ts';

/** Usage: `node job-program.ts GROUP JOB DIRECTORY SIZE`. Does one job; its only output is a {@link JobResult} as JSON. */

/** How often the memory is looked at. */
const sampleEveryMs = 2;

/** Each loads what its own jobs need. */
const groups: Readonly<Record<string, () => Promise<Readonly<Record<string, Job>>>>> = {
  stream: async () => (await import('./stream-jobs.ts')).streamJobs,
  list: async () => (await import('./list-jobs.ts')).listJobs,
  s3: async () => (await import('./s3-jobs.ts')).s3Jobs,
  gcs: async () => (await import('./gcs-jobs.ts')).gcsJobs,
};

const [group = '', name = '', directory = '', sizeText] = process.argv.slice(2);
const size = Number(sizeText);
const job = (await groups[group]?.())?.[name];
if (job === undefined) {
  throw new TypeError(`no job ${JSON.stringify(name)} of ${JSON.stringify(group)}`);
}
await job.warmUp(directory);
collectGarbage();
const result = await measure(job);
await job.check?.(directory, size);
process.stdout.write(JSON.stringify(result));

async function measure({ run }: Job): Promise<JobResult> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const sample = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const sampling = setInterval(sample, sampleEveryMs);
  const startedAt = performance.now();
  await run(directory, size);
  const seconds = (performance.now() - startedAt) / 1000;
  sample();
  clearInterval(sampling);
  return { size, seconds, addedBytes: highest - before };
}
