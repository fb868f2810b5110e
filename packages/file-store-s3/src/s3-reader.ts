import { Readable } from 'node:stream';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import {
  type AbortOptions,
  type ByteRange,
  clampRange,
  type DriverFile,
  type DriverReadOptions,
  type FileInfo,
  FileStoreError,
  hasErrorCode,
} from '@oh/file-store-core';
import { mismatchOf } from './checksum-comparison.ts';
import type { ContentsAnswer } from './object-answer.ts';
import type { GetInput } from './object-requests.ts';
import { eagerBytes, S3Body } from './s3-body.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { toEtag } from './s3-condition.ts';
import { failureOf, isNamedByS3, isUnexplained, toBodyError } from './s3-error.ts';
import { toFileInfo } from './s3-info.ts';
import { markOf } from './s3-metadata.ts';
import type { WriteMark } from './write-mark.ts';

/** How often a file is asked for that changes at the very moment. */
const maxAttempts = 5;

const nothing = new Uint8Array(0);

/** A file and which write made it. */
export interface S3Stat {
  readonly info: FileInfo;
  readonly mark: WriteMark | undefined;
}

/** A file as it was opened. */
interface S3File extends DriverFile {
  readonly body: Uint8Array | S3Body;
}

/** A version of an object, and the part of it to read. */
interface Part extends AbortOptions {
  readonly path: string;
  readonly start: number;
  /** `undefined` for the end of the object. */
  readonly end: number | undefined;
  readonly version?: string | undefined;
}

/** Reads objects. */
export class S3Reader {
  readonly #bucket: S3Bucket;
  #bucketExists: Promise<void> | undefined;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async read(path: string, { range, signal }: DriverReadOptions): Promise<DriverFile> {
    const { start = 0, end } = range ?? {};
    for (let attempt = 1; end === undefined || end > start; attempt += 1) {
      try {
        return await this.#read({ path, start, end, signal });
      } catch (error) {
        if (failureOf(error) !== 'beyond-end') {
          throw error;
        }
        const { info } = await this.stat(path, { signal });
        if (info.size <= start) {
          return { info, body: nothing };
        }
        if (attempt >= maxAttempts) {
          throw changing(path, error);
        }
      }
    }
    return { info: (await this.stat(path, { signal })).info, body: nothing };
  }

  /** All bytes of one version. @throws {FileStoreError} `version-mismatch` when it has changed since. */
  async readVersion({ path, version }: FileInfo, { signal }: AbortOptions): Promise<Uint8Array> {
    const { body } = await this.#read({ path, start: 0, end: undefined, version, signal });
    return body instanceof Uint8Array ? body : await body.collect();
  }

  /** @throws {FileStoreError} `not-found`, which an answer to HEAD does not tell from a bucket that is missing: that is looked up once. */
  async stat(path: string, { signal }: AbortOptions): Promise<S3Stat> {
    const key = this.#bucket.keys.toKey(path);
    try {
      const head = await this.#bucket.call({ action: 'look at', path, signal }, (_, options) => this.#bucket.objects.head(key, options));
      this.#bucketExists ??= Promise.resolve();
      if (head.length === undefined) {
        return await this.#describe(path, signal);
      }
      return { info: toFileInfo(path, head.length, head), mark: markOf(head.Metadata) };
    } catch (error) {
      if (isUnexplained(error)) {
        return await this.#describe(path, signal);
      }
      if (!hasErrorCode(error, 'not-found')) {
        throw error;
      }
      await this.#checkBucket(path, signal);
      if (isNamedByS3(error)) {
        throw error;
      }
      return await this.#describe(path, signal);
    }
  }

  /** As {@link stat}, by asking for a byte: unlike an answer to HEAD, one to that says what is wrong, and how large the object is whatever proxies leave out. */
  async #describe(path: string, signal: AbortSignal | undefined): Promise<S3Stat> {
    const part: Part = { path, start: 0, end: 1, signal };
    const answer = await this.#get(part).catch(async (error: unknown) => {
      if (failureOf(error) !== 'beyond-end') {
        throw error;
      }
      return await this.#get({ ...part, end: undefined });
    });
    toStream(answer.body).destroy();
    return { info: toFileInfo(path, totalSize(path, answer, part), answer), mark: markOf(answer.Metadata) };
  }

  async #checkBucket(path: string, signal: AbortSignal | undefined): Promise<void> {
    this.#bucketExists ??= this.#findBucket(path, signal);
    try {
      await this.#bucketExists;
    } catch (error) {
      this.#bucketExists = undefined;
      throw error;
    }
  }

  async #findBucket(path: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#bucket.call({ action: 'look at', path, signal }, (client, options) =>
        client.send(new HeadBucketCommand({ Bucket: this.#bucket.name }), options),
      );
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        const message = `the bucket ${JSON.stringify(this.#bucket.name)} does not exist; create it, or correct its name`;
        throw new FileStoreError('unavailable', message, { path, cause: error, retryable: false });
      }
      // Who may not look at the bucket learned from the object that there is one.
      if (!hasErrorCode(error, 'permission-denied')) {
        throw error;
      }
    }
  }

  async #read(part: Part): Promise<S3File> {
    const { path, start, end, signal } = part;
    const answer = await this.#get(part);
    try {
      const range: ByteRange = { start, end };
      const size = totalSize(path, answer, part);
      const info = toFileInfo(path, size, answer);
      const clamped = clampRange(range, size);
      const checksum = start === 0 && end === undefined ? answer.checksum : undefined;
      const call = { action: 'read', path };
      const toError = async (error: unknown): Promise<FileStoreError> => toBodyError(error, call, await this.#bucket.place());
      if (answer.body instanceof Uint8Array && answer.body.byteLength === clamped.end - clamped.start) {
        const mismatch = checksum && mismatchOf(checksum, answer.body);
        if (mismatch !== undefined) {
          throw await toError(mismatch);
        }
        return { info, body: answer.body };
      }
      const body = new S3Body({
        source: toStream(answer.body),
        length: clamped.end - clamped.start,
        resume: async (offset) =>
          await this.#resume({ path, start: clamped.start + offset, end: clamped.end, version: info.version, signal }),
        toError,
        signal,
        checksum,
      });
      return { info, body: clamped.end - clamped.start <= eagerBytes ? await body.collect() : body };
    } catch (error) {
      toStream(answer.body).destroy();
      throw error;
    }
  }

  async #resume(part: Part): Promise<Readable> {
    const answer = await this.#get(part).catch((error: unknown) => {
      const failure = failureOf(error);
      throw failure === 'lost' || failure === 'missing' ? changing(part.path, error) : error;
    });
    const stream = toStream(answer.body);
    try {
      totalSize(part.path, answer, part);
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  async #get({ path, start, end, version, signal }: Part): Promise<ContentsAnswer> {
    const isWhole = start === 0 && end === undefined;
    const input: GetInput = {
      Key: this.#bucket.keys.toKey(path),
      ...(isWhole ? { ChecksumMode: 'ENABLED' } : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` }),
      ...(version === undefined ? {} : { IfMatch: toEtag(path, version) }),
    };
    return await this.#bucket.call({ action: 'read', path, signal }, (_, options) => this.#bucket.objects.get(input, options));
  }
}

function toStream(body: ContentsAnswer['body']): Readable {
  return body instanceof Uint8Array ? Readable.from([body]) : body;
}

/** The size of the whole object. @throws {FileStoreError} `unsupported` when the server does not say it, or sends the object instead of the part. */
function totalSize(path: string, { contentRange, length }: ContentsAnswer, { start, end }: Part): number {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange ?? '') ?? [];
  if (total !== undefined && Number(first) === start) {
    return Number(total);
  }
  if (length === undefined) {
    throw new FileStoreError('unsupported', `the server does not say how large ${JSON.stringify(path)} is`, { path });
  }
  if (start > 0 || (end !== undefined && end < length)) {
    throw new FileStoreError('unsupported', `the server does not give parts of files (asked for one of ${JSON.stringify(path)})`, { path });
  }
  return length;
}

function changing(path: string, cause: unknown): FileStoreError {
  return new FileStoreError('unavailable', `${JSON.stringify(path)} was replaced while it was read; read it again`, { path, cause });
}
