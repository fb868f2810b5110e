import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flushFileSystem } from '../flush-file-system.ts';
import type { RowContext } from '../rows/row-context.ts';
import type { gcsJobs } from './gcs-jobs.ts';
import type { JobResult } from './job.ts';
import type { listJobs } from './list-jobs.ts';
import type { s3Jobs } from './s3-jobs.ts';
import type { streamJobs } from './stream-jobs.ts';

/** The jobs that can be run, by their groups. */
interface JobGroups {
  readonly stream: typeof streamJobs;
  readonly list: typeof listJobs;
  readonly s3: typeof s3Jobs;
  readonly gcs: typeof gcsJobs;
}

/** What the jobs work on. */
export interface JobPlace {
  /** The directory, or the prefix in a bucket. */
  readonly directory: string;
  /** Variables that say where a server is. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Bytes of the large file, or files of the directory. */
  readonly size: number;
}

/** Does jobs of one group in turn, each time in a new process. @returns The results of each, round by round. */
export async function runJobs<Group extends keyof JobGroups, Name extends keyof JobGroups[Group] & string>(
  group: Group,
  names: readonly Name[],
  context: RowContext,
  place: JobPlace,
): Promise<Record<Name, JobResult[]>> {
  const rounds = context.full ? 5 : 3;
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, JobResult[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      context.onProgress(`round ${round + 1} of ${rounds}: ${name}`);
      await flushFileSystem(context.directory);
      results[name].push(await runJob([group, name, place.directory, String(place.size)], place, context.signal));
    }
  }
  return results;
}

async function runJob(args: readonly string[], { environment }: JobPlace, signal: AbortSignal): Promise<JobResult> {
  const program = [...process.execArgv, fileURLToPath(new URL('./job-program.ts', import.meta.url))];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args], { signal, env });
  return JSON.parse(stdout) as JobResult;
}
