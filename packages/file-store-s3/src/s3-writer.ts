import type { DriverWriteOptions, FileInfo } from '@oh/file-store-core';
import type { ConditionProbe } from './condition-probe.ts';
import type { MultipartUploads, SendPart } from './multipart-uploads.ts';
import { PartReader } from './part-reader.ts';
import { bytesOfPart, firstPartBytes } from './part-size.ts';
import { retryConflicts } from './retry-conflicts.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { type ConditionHeaders, isConditional, toHeaders, withBareEtag } from './s3-condition.ts';
import { noContentType, toFileInfo } from './s3-info.ts';
import { encodeMetadata } from './s3-metadata.ts';
import type { S3Reader } from './s3-reader.ts';
import { settleWrite } from './settle-write.ts';
import { newMark } from './write-mark.ts';

/** Contents below so many bytes are one request. */
export const singlePutBytes: number = 16 * 1024 * 1024;

/** Writes objects: small ones in one request, others in parts. */
export class S3Writer {
  readonly #bucket: S3Bucket;
  readonly #reader: S3Reader;
  readonly #probe: ConditionProbe;
  readonly #uploads: MultipartUploads;

  constructor(bucket: S3Bucket, reader: S3Reader, probe: ConditionProbe, uploads: MultipartUploads) {
    this.#bucket = bucket;
    this.#reader = reader;
    this.#probe = probe;
    this.#uploads = uploads;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    this.#check(path, options);
    if (contents instanceof Uint8Array && contents.byteLength < singlePutBytes) {
      return await this.#put(path, contents, options);
    }
    const source = new PartReader(contents);
    try {
      const first = await source.take(singlePutBytes, 0);
      if (first.byteLength < singlePutBytes) {
        return await this.#put(path, first, options);
      }
      return await this.#uploads.run({ path, options }, (send) => sendParts(first, source, send));
    } finally {
      source.end();
    }
  }

  /** Refuses what could not be written before anything is read or sent. */
  #check(path: string, options: DriverWriteOptions): void {
    this.#bucket.keys.toKey(path);
    toHeaders(path, options);
    encodeMetadata(path, options.metadata, undefined);
  }

  async #put(path: string, body: Uint8Array, options: DriverWriteOptions): Promise<FileInfo> {
    const { signal, contentType = noContentType } = options;
    const key = this.#bucket.keys.toKey(path);
    const mark = isConditional(options) ? newMark(key, options) : undefined;
    const Metadata = encodeMetadata(path, options.metadata, mark);
    const condition = toHeaders(path, options);
    const input = {
      Key: key,
      Body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      ContentType: contentType,
      Metadata,
    };
    const send = async (headers: ConditionHeaders): Promise<FileInfo> => {
      const { ETag, answeredAt } = await this.#bucket.call({ action: 'write', path, isChange: true, signal }, (_, sendOptions) =>
        this.#bucket.objects.put({ ...input, ...headers }, sendOptions),
      );
      // The answer does not say when the object was changed: its `Date` does, to the second.
      return toFileInfo(path, body.byteLength, { ETag, LastModified: answeredAt, ContentType: contentType, Metadata });
    };
    if (mark === undefined) {
      return await send({});
    }
    const { bareEtags = false } = await this.#probe.require('write', path, signal);
    try {
      return await retryConflicts(signal, () => send(bareEtags ? withBareEtag(path, condition) : condition));
    } catch (error) {
      signal?.throwIfAborted();
      return await settleWrite(this.#reader, { path, mark, condition: options, error, signal });
    }
  }
}

async function sendParts(first: Uint8Array, source: PartReader, send: SendPart): Promise<number> {
  let size = 0;
  const sendNext = async (part: Uint8Array): Promise<void> => {
    size += part.byteLength;
    await send(part, () => source.giveBack(part));
  };
  for (let offset = 0; offset < first.byteLength; offset += firstPartBytes) {
    await sendNext(first.subarray(offset, offset + firstPartBytes));
  }
  for (let number = first.byteLength / firstPartBytes + 1; ; number += 1) {
    const bytes = bytesOfPart(number);
    const part = await source.take(bytes);
    if (part.byteLength > 0) {
      await sendNext(part);
    }
    if (part.byteLength < bytes) {
      return size;
    }
  }
}
