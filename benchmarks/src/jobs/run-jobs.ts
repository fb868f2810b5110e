import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flushFileSystem } from '../flush-file-system.ts';
import type { RowContext } from '../rows/row-context.ts';
import type { JobResult } from './job.ts';
import type { listJobs } from './list-jobs.ts';
import type { streamJobs } from './stream-jobs.ts';

/** A job that can be run. */
export type JobName = keyof typeof listJobs | keyof typeof streamJobs;

/** Rounds in which every job is done once. */
const rounds = 5;

/** Does the jobs in turn, each time in a new process. @returns The results of each, round by round. */
export async function runJobs<Name extends JobName>(names: readonly Name[], context: RowContext): Promise<Record<Name, JobResult[]>> {
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, JobResult[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      context.onProgress(`round ${round + 1} of ${rounds}: ${name}`);
      await flushFileSystem(context.directory);
      results[name].push(await runJob(name, context));
    }
  }
  return results;
}

async function runJob(name: JobName, { directory, signal }: RowContext): Promise<JobResult> {
  const args = [...process.execArgv, fileURLToPath(new URL('./job-program.ts', import.meta.url)), name, directory];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
  return JSON.parse(stdout) as JobResult;
}
