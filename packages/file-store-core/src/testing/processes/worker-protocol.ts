/** A file for which the workers race, and the version that each of them wants to replace. */
export interface RaceRound {
  readonly path: string;
  readonly version: string;
}

/** How much a job has to do. */
export interface JobInput {
  /** How often each worker does it. */
  readonly count: number;
  readonly rounds?: readonly RaceRound[] | undefined;
}

/** What a worker is to do, as it gets it from the kit. */
export interface WorkerTask {
  /** A name in `workerJobs`. */
  readonly job: string;
  /** Which of the workers it is, from 0. */
  readonly worker: number;
  readonly input: JobInput;
}

/** What a worker says: that its store is open, then how its task ended. */
export type WorkerMessage = { readonly ready: true } | { readonly result: unknown } | { readonly failure: string };
