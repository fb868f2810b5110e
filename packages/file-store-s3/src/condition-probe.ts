import type { S3Client } from '@aws-sdk/client-s3';
import { FileStoreError, hasErrorCode, raceAbort } from '@oh/file-store-core';
import { ConditionTrial, type TrialFinding } from './condition-trial.ts';
import type { S3Bucket } from './s3-bucket.ts';

/** The requests on which servers honour conditions, or do not. */
export type ProbedRequest = 'write' | 'completion' | 'delete';

const trials: Readonly<Record<ProbedRequest, (trial: ConditionTrial) => Promise<TrialFinding>>> = {
  write: (trial) => trial.tryWrites(),
  completion: (trial) => trial.tryCompletions(),
  delete: (trial) => trial.tryDeletes(),
};

/** What to do where conditions do not hold. */
const advice: Readonly<Record<ProbedRequest, string>> = {
  write: 'use a server that honours If-None-Match and If-Match on PutObject, or leave out ifAbsent and ifVersion',
  completion: 'use a server that honours them on CompleteMultipartUpload, or keep conditional writes below 16 MiB',
  delete:
    'name the server by the option endpoint or AWS_ENDPOINT_URL_S3, not in a profile alone, or open the store with conditionalDelete: false: ' +
    'delete then refuses ifVersion, and move looks before it deletes',
};

/** What was found out; by server, bucket and request, as long as the process runs. What holds in one directory of a bucket holds in all. */
const findings = new Map<string, TrialFinding>();

const clientNumbers = new WeakMap<S3Client, number>();
let lastClientNumber = 0;

/**
 * Tries out whether the server holds conditions, once in a process: some ignore them, and some let several racers win.
 *
 * What it makes for that lies under a reserved name, and is deleted again.
 */
export class ConditionProbe {
  readonly #bucket: S3Bucket;
  readonly #server: string;
  /** Trials under way, by request and directory. One of another store may fail where this one does not, as other credentials do. */
  readonly #trials = new Map<string, Promise<TrialFinding>>();
  readonly #end = new AbortController();

  /** @param server What tells the server from others; `undefined` for that of a client of the caller's. */
  constructor(bucket: S3Bucket, server: string | undefined) {
    this.#bucket = bucket;
    this.#server = server ?? `client ${numberOf(bucket.client)}`;
  }

  /**
   * Returns when conditions on such requests hold.
   *
   * @param path What the request is for. Whoever may write there alone has the trial in its directory.
   * @throws {FileStoreError} `unsupported` when they do not; what the trial itself failed with.
   */
  async require(request: ProbedRequest, path: string, signal: AbortSignal | undefined): Promise<TrialFinding> {
    const found = await this.#find(request, path, signal);
    if (found.fault !== undefined) {
      throw new FileStoreError('unsupported', `conditions do not hold on this server: ${found.fault}; ${advice[request]}`);
    }
    return found;
  }

  /** Ends the trials that nobody waits for any more. */
  close(): void {
    this.#end.abort(new FileStoreError('closed', 'the store is closed'));
  }

  async #find(request: ProbedRequest, path: string, signal: AbortSignal | undefined): Promise<TrialFinding> {
    const directory = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const found = findings.get(this.#keyOf(request));
    if (found !== undefined) {
      return found;
    }
    try {
      return await raceAbort(this.#share(request, ''), signal);
    } catch (error) {
      if (!hasErrorCode(error, 'permission-denied') || directory === '') {
        throw error;
      }
      return await raceAbort(this.#share(request, directory), signal);
    }
  }

  #keyOf(request: ProbedRequest): string {
    return JSON.stringify([this.#server, this.#bucket.name, request]);
  }

  /** The trial that is under way, or a new one; it goes on when nobody waits for it any more, until {@link close}. */
  #share(request: ProbedRequest, directory: string): Promise<TrialFinding> {
    const key = `${request} ${directory}`;
    let trial = this.#trials.get(key);
    if (trial === undefined) {
      trial = this.#bucket.inBackground(this.#try(request, directory).finally(() => this.#trials.delete(key)));
      this.#trials.set(key, trial);
    }
    return trial;
  }

  async #try(request: ProbedRequest, directory: string): Promise<TrialFinding> {
    const trial = new ConditionTrial(this.#bucket, directory, this.#end.signal);
    try {
      const found = await trials[request](trial).catch(toFinding);
      findings.set(this.#keyOf(request), found);
      return found;
    } finally {
      await trial.cleanUp();
    }
  }
}

/** A server that does not know a condition may refuse it rather than ignore it. */
function toFinding(error: unknown): TrialFinding {
  if (hasErrorCode(error, 'unsupported')) {
    return { fault: `it refuses them (${error.reason})` };
  }
  throw error;
}

function numberOf(client: S3Client): number {
  const known = clientNumbers.get(client);
  if (known !== undefined) {
    return known;
  }
  lastClientNumber += 1;
  clientNumbers.set(client, lastClientNumber);
  return lastClientNumber;
}
