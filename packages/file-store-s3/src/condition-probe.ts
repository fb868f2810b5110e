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
  delete: 'open the store with conditionalDelete: false: delete then refuses ifVersion, and move looks before it deletes',
};

/** What was found out; by server, bucket and request, as long as the process runs. */
const findings = new Map<string, Promise<TrialFinding>>();

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

  async #find(request: ProbedRequest, path: string, signal: AbortSignal | undefined): Promise<TrialFinding> {
    const key = JSON.stringify([this.#server, this.#bucket.name, request]);
    const directory = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    try {
      return await this.#share(key, () => this.#try(request, ''), signal);
    } catch (error) {
      if (!hasErrorCode(error, 'permission-denied') || directory === '') {
        throw error;
      }
      const found = await this.#share(JSON.stringify([key, directory]), () => this.#try(request, directory), signal);
      // What holds in one directory of a bucket holds in all.
      findings.set(key, Promise.resolve(found));
      return found;
    }
  }

  async #share(key: string, attempt: () => Promise<TrialFinding>, signal: AbortSignal | undefined): Promise<TrialFinding> {
    let finding = findings.get(key);
    if (finding === undefined) {
      finding = this.#bucket.inBackground(attempt());
      findings.set(key, finding);
      finding.catch(() => findings.delete(key));
    }
    return await raceAbort(finding, signal);
  }

  async #try(request: ProbedRequest, directory: string): Promise<TrialFinding> {
    const trial = new ConditionTrial(this.#bucket, directory);
    try {
      return await trials[request](trial);
    } finally {
      await trial.cleanUp();
    }
  }
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
