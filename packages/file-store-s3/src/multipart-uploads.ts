import { type CompletedPart, CompleteMultipartUploadCommand, UploadPartCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { type DriverWriteOptions, type FileInfo, raceAbort, withLinkedSignal } from '@oh/file-store-core';
import { abortUpload, beginUpload, type Upload } from './begun-upload.ts';
import type { ConditionProbe } from './condition-probe.ts';
import { cleanUpMs, type S3Bucket, type S3Call } from './s3-bucket.ts';
import { type ConditionHeaders, isConditional, toHeaders } from './s3-condition.ts';
import { noContentType, toFileInfo } from './s3-info.ts';
import { encodeMetadata } from './s3-metadata.ts';
import type { S3Reader } from './s3-reader.ts';
import { settleWrite } from './settle-write.ts';
import { newMark, type WriteMark } from './write-mark.ts';

/** A part of another object. */
export interface PartOfObject {
  readonly source: string;
  readonly etag: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Hands over the next part. Resolves when there is room for another one; rejects when a part has failed.
 *
 * @param onSent Called when the server has the part, and nothing here reads it any more; not for a part that has failed.
 */
export type SendPart = (part: Uint8Array | PartOfObject, onSent?: () => void) => Promise<void>;

/** What is uploaded, and to where. */
export interface UploadTarget {
  readonly path: string;
  readonly options: DriverWriteOptions;
}

/** The object that an upload makes. */
interface Made {
  readonly mark: WriteMark;
  readonly ContentType: string;
  readonly Metadata: Record<string, string>;
  readonly condition: ConditionHeaders;
}

/** The parts that the server has. */
interface Sent {
  readonly parts: CompletedPart[];
  readonly size: number;
}

/** Bytes of parts under way at once, as long as a single part is not larger. */
const bytesInFlight = 24 * 1024 * 1024;

/** Copies of parts under way at once: they need no memory here. */
const copiesInFlight = 4;

/** Uploads in parts: the object is there, or is replaced, in one step at the end, and no part stays when that does not come. */
export class MultipartUploads {
  readonly #bucket: S3Bucket;
  readonly #reader: S3Reader;
  readonly #probe: ConditionProbe;

  constructor(bucket: S3Bucket, reader: S3Reader, probe: ConditionProbe) {
    this.#bucket = bucket;
    this.#reader = reader;
    this.#probe = probe;
  }

  /** @param sendAll Sends all parts in order and says how many bytes they have. */
  async run(target: UploadTarget, sendAll: (send: SendPart) => Promise<number>): Promise<FileInfo> {
    const { path, options } = target;
    const mark = newMark(this.#bucket.keys.toKey(path), options);
    const made: Made = {
      mark,
      ContentType: options.contentType ?? noContentType,
      Metadata: encodeMetadata(path, options.metadata, mark),
      condition: toHeaders(path, options),
    };
    if (isConditional(options)) {
      await this.#probe.require('completion', path, options.signal);
    }
    const upload = await this.#create(target, made);
    try {
      const sent = await this.#sendAll(upload, target, sendAll);
      return await this.#complete(upload, target, made, sent);
    } catch (error) {
      await abortUpload(this.#bucket, upload, path);
      throw error;
    }
  }

  async #create({ path, options }: UploadTarget, { ContentType, Metadata }: Made): Promise<Upload> {
    const place = { Bucket: this.#bucket.name, Key: this.#bucket.keys.toKey(path) };
    const checksums = (await this.#bucket.client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    const input = {
      ...place,
      ContentType,
      Metadata,
      // The parts then have checksums from which the server makes that of the whole.
      ...(checksums ? ({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const) : {}),
    };
    return await beginUpload(this.#bucket, input, { action: 'write', path, signal: options.signal });
  }

  async #sendAll(upload: Upload, { path, options }: UploadTarget, sendAll: (send: SendPart) => Promise<number>): Promise<Sent> {
    return await withLinkedSignal(options.signal, async (signal, stop) => {
      const parts: CompletedPart[] = [];
      const running = new Set<Promise<void>>();
      const send: SendPart = async (part, onSent) => {
        signal.throwIfAborted();
        const PartNumber = parts.push({});
        const sending = this.#sendPart({ ...upload, PartNumber }, part, { action: 'write', path, signal })
          .then((done) => {
            parts[PartNumber - 1] = done;
            onSent?.();
          })
          .catch(stop)
          .finally(() => running.delete(sending));
        running.add(sending);
        while (running.size >= maxInFlight(part)) {
          await Promise.race(running);
        }
        signal.throwIfAborted();
      };
      try {
        const size = await raceAbort(sendAll(send), signal);
        await Promise.all(running);
        signal.throwIfAborted();
        return { parts, size };
      } catch (error) {
        stop(error);
        await Promise.all(running);
        throw error;
      }
    });
  }

  async #sendPart(place: Upload & { readonly PartNumber: number }, part: Uint8Array | PartOfObject, call: S3Call): Promise<CompletedPart> {
    const { PartNumber } = place;
    if (part instanceof Uint8Array) {
      const command = new UploadPartCommand({ ...place, Body: Buffer.from(part.buffer, part.byteOffset, part.byteLength) });
      const { ETag, ChecksumCRC32 } = await this.#bucket.call(call, (client, options) => client.send(command, options));
      return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
    }
    const command = new UploadPartCopyCommand({
      ...place,
      CopySource: part.source,
      CopySourceIfMatch: part.etag,
      CopySourceRange: `bytes=${part.start}-${part.end - 1}`,
    });
    const { CopyPartResult } = await this.#bucket.call(call, (client, options) => client.send(command, options));
    return {
      PartNumber,
      ETag: CopyPartResult?.ETag,
      ...(CopyPartResult?.ChecksumCRC32 === undefined ? {} : { ChecksumCRC32: CopyPartResult.ChecksumCRC32 }),
    };
  }

  async #complete(upload: Upload, { path, options }: UploadTarget, made: Made, { parts, size }: Sent): Promise<FileInfo> {
    const command = new CompleteMultipartUploadCommand({ ...upload, ...made.condition, MultipartUpload: { Parts: parts } });
    try {
      const call = { action: 'write', path, isChange: true, signal: options.signal };
      const { ETag } = await this.#bucket.call(call, (client, sendOptions) => client.send(command, sendOptions));
      const signal = AbortSignal.any([AbortSignal.timeout(cleanUpMs), ...(options.signal === undefined ? [] : [options.signal])]);
      const seen = await this.#reader.stat(path, { signal }).catch(() => undefined);
      return seen?.mark?.id === made.mark.id ? seen.info : toFileInfo(path, size, { ...made, ETag, LastModified: new Date() });
    } catch (error) {
      // An abort that came too late to stop it has not stopped it: that is looked up before it is said.
      const failed = { path, mark: made.mark, condition: options, error, signal: AbortSignal.timeout(cleanUpMs) };
      return await settleWrite(this.#reader, failed);
    }
  }
}

function maxInFlight(part: Uint8Array | PartOfObject): number {
  return part instanceof Uint8Array ? Math.max(1, Math.floor(bytesInFlight / part.byteLength)) : copiesInFlight;
}
