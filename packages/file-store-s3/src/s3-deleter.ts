import { getFips } from 'node:crypto';
import { DeleteObjectCommand, DeleteObjectsCommand, type _Error as S3KeyError } from '@aws-sdk/client-s3';
import { type DeleteOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { ConditionProbe } from './condition-probe.ts';
import { retryConflicts } from './retry-conflicts.ts';
import type { S3Bucket, S3Call } from './s3-bucket.ts';
import { isAws } from './s3-client.ts';
import { lostCondition, toEtag } from './s3-condition.ts';
import { failureOf, mayBeDone, toS3Error } from './s3-error.ts';
import { maxPageKeys, type S3Listing } from './s3-listing.ts';
import { pauseBefore } from './s3-retry-strategy.ts';

/** How often keys are tried that the server could not delete. */
const maxAttempts = 5;

/** What the XML of DeleteObjects cannot say, and what is hard to say in it. @see https://www.w3.org/TR/xml/#charsets */
const noXml = /[\p{Cc}\ufffe\uffff]/u;

/** Deletes objects. */
export class S3Deleter {
  readonly #bucket: S3Bucket;
  readonly #listing: S3Listing;
  readonly #probe: ConditionProbe;

  constructor(bucket: S3Bucket, listing: S3Listing, probe: ConditionProbe) {
    this.#bucket = bucket;
    this.#listing = listing;
    this.#probe = probe;
  }

  /** The file and all below it: a page of keys, a request to delete them, and so on. */
  async delete(path: string, { signal }: DeleteOptions): Promise<void> {
    const key = this.#bucket.keys.toKey(path);
    const call: S3Call = { action: 'delete', path, isChange: true, signal };
    let file = [key];
    for await (const below of this.#listing.keysBelow(path, maxPageKeys - file.length, signal)) {
      await this.#deleteAll([...file, ...below], call);
      file = [];
    }
  }

  /** Makes sure that {@link deleteVersion} will hold its condition. @throws {FileStoreError} `unsupported`. */
  async prepare(path: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#probe.require('delete', path, signal);
  }

  /** Only the file, and only in this version. */
  async deleteVersion(path: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    const IfMatch = toEtag(path, version);
    await this.prepare(path, signal);
    try {
      const call: S3Call = { action: 'delete', path, isChange: true, signal };
      await retryConflicts(signal, () => this.#deleteOne(this.#bucket.keys.toKey(path), call, IfMatch));
    } catch (error) {
      throw toLoss(error, path, version);
    }
  }

  /** Only the file, whatever it is. */
  async deleteFile(path: string): Promise<void> {
    await this.#deleteOne(this.#bucket.keys.toKey(path), { action: 'delete', path, isChange: true });
  }

  async #deleteOne(Key: string, call: S3Call, IfMatch?: string): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key, ...(IfMatch === undefined ? {} : { IfMatch }) });
    try {
      await this.#bucket.call(call, (client, options) => client.send(command, options));
    } catch (error) {
      // S3 says done; some servers say that nothing was there, which comes to the same.
      if (IfMatch !== undefined || !hasErrorCode(error, 'not-found')) {
        throw error;
      }
    }
  }

  async #deleteAll(keys: readonly string[], call: S3Call): Promise<void> {
    const [first] = keys;
    if (keys.length === 1 && first !== undefined) {
      return await this.#deleteOne(first, call);
    }
    const [spelled, plain] = [keys.filter((key) => noXml.test(key)), keys.filter((key) => !noXml.test(key))];
    await Promise.all(spelled.map((key) => this.#deleteOne(key, call)));
    let left: readonly string[] = plain;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const errors = await this.#deleteBatch(left, call);
      const place = await this.#bucket.place();
      for (const error of errors) {
        const mapped = toS3Error(toError(error), call, place);
        if (!mapped.retryable || attempt >= maxAttempts) {
          throw mapped;
        }
      }
      left = failedKeys(left, errors);
      if (left.length > 0) {
        await pauseBefore(attempt, call.signal);
      }
    }
  }

  /** @returns What could not be deleted: the answer is 200 all the same. What some servers say was not there is not among it. */
  async #deleteBatch(keys: readonly string[], call: S3Call): Promise<readonly S3KeyError[]> {
    const command = new DeleteObjectsCommand({
      Bucket: this.#bucket.name,
      Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) },
    });
    useMd5Elsewhere(command);
    const { Errors = [] } = await this.#bucket.call(call, (client, options) => client.send(command, options));
    return Errors.filter(({ Code }) => Code !== 'NoSuchKey');
  }
}

/**
 * Gives the request an MD5 where the SDK has found out that it does not go to AWS: many servers take no other checksum, and this one always has one. Node has
 * no MD5 in FIPS mode.
 *
 * @see https://github.com/minio/minio/issues/20845
 */
function useMd5Elsewhere({ middlewareStack }: DeleteObjectsCommand): void {
  middlewareStack.add(
    (next, context) => async (args) => {
      // Other steps set it, before this one runs.
      const { endpointV2 } = context;
      const isElsewhere = endpointV2 !== undefined && !isAws(endpointV2.url);
      return await next(isElsewhere && getFips() === 0 ? { ...args, input: { ...args.input, ChecksumAlgorithm: 'MD5' } } : args);
    },
    // Before the step that makes the checksum.
    { step: 'build', priority: 'high', name: 'useMd5Elsewhere' },
  );
}

/** The answer is XML, which may spell a key otherwise: then all are tried again, rather than one that is none of ours. */
function failedKeys(keys: readonly string[], errors: readonly S3KeyError[]): readonly string[] {
  const failed = new Set(errors.map(({ Key }) => Key));
  const known = keys.filter((key) => failed.has(key));
  return known.length === failed.size ? known : keys;
}

function toLoss(error: unknown, path: string, version: string): unknown {
  const failure = failureOf(error);
  if (failure !== 'lost' && failure !== 'missing') {
    return error;
  }
  if (!mayBeDone(error)) {
    return lostCondition(path, { ifVersion: version }, error);
  }
  const now =
    failure === 'missing'
      ? 'is gone: by this call or by another one'
      : 'is another file now: whether this call deleted the former one is not known';
  return new FileStoreError('unavailable', `an answer was lost, and ${JSON.stringify(path)} ${now}`, {
    path,
    cause: error,
    retryable: false,
  });
}

function toError({ Code = 'UnknownError', Message = '' }: S3KeyError): Error {
  return Object.assign(new Error(Message), { name: Code });
}
