import { randomUUID } from 'node:crypto';
import type { DriverWriteOptions } from '@oh/file-store-core';
import { type Chunk, ChunkReader } from './chunk-reader.ts';
import { Crc32c } from './crc32c.ts';
import type { GcsClient } from './gcs-client.ts';
import type { Change, GcsCommits } from './gcs-commits.ts';
import { GcsFailure } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { type GcsObject, objectFields, parseObject } from './gcs-object.ts';
import { ResumableUpload } from './resumable-upload.ts';
import { encodeMetadata, type WriteMark } from './write-mark.ts';

/** Contents up to this size are one request. It is also the first part of larger ones, so that nothing has to be read twice. */
const maxWholeBytes = 16 * 1024 * 1024;

/** Size of further parts, a multiple of the 256 KiB that the protocol wants: one is sent while the next one is read. */
const partBytes = 8 * 1024 * 1024;

/** Given to objects written without one; Google would do the same. */
const defaultContentType = 'application/octet-stream';

/** Brings contents to an object, checked by the service before it shows them. */
export class GcsUpload {
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;
  readonly #commits: GcsCommits;
  readonly #cancelling = new Set<Promise<void>>();

  constructor(client: GcsClient, keys: GcsKeys, commits: GcsCommits) {
    this.#client = client;
    this.#keys = keys;
    this.#commits = commits;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<GcsObject> {
    const change = { path, key: this.#keys.toKey(path), condition: options, signal: options.signal };
    const chunks = new ChunkReader(contents);
    try {
      const mark = this.#commits.begin(change);
      const first = await chunks.next(maxWholeBytes);
      return first.isLast ? await this.#whole(change, first, options) : await this.#inParts(change, mark, first, chunks, options);
    } finally {
      await chunks.close();
    }
  }

  /** Waits until the service has been told of all uploads that were given up. */
  async close(): Promise<void> {
    await Promise.all(this.#cancelling);
  }

  async #whole(change: Change, { pieces }: Chunk, options: DriverWriteOptions): Promise<GcsObject> {
    const checksum = new Crc32c();
    for (const piece of pieces) {
      checksum.update(piece);
    }
    const crc32c = checksum.toString();
    const object = await this.#commits.run(change, async (mark) => {
      const boundary = `oh-${randomUUID()}`;
      const { value } = await this.#client.json(
        {
          method: 'POST',
          target: this.#keys.toUploadTarget(),
          query: { uploadType: 'multipart', name: change.key, ifGenerationMatch: mark.replaced, fields: objectFields },
          headers: { 'content-type': `multipart/related; boundary=${boundary}` },
          body: toRelatedParts(boundary, { ...toResource(options, mark), crc32c }, pieces),
        },
        change.signal,
      );
      return parseObject(value);
    });
    return checkStored(object, crc32c);
  }

  async #inParts(change: Change, mark: WriteMark, first: Chunk, chunks: ChunkReader, options: DriverWriteOptions): Promise<GcsObject> {
    const { key, signal } = change;
    const checksum = new Crc32c();
    const upload = new ResumableUpload(this.#client, signal);
    const sendAll = async (): Promise<GcsObject> => {
      await upload.start({
        method: 'POST',
        target: this.#keys.toUploadTarget(),
        query: { uploadType: 'resumable', name: key, ifGenerationMatch: mark.replaced, fields: objectFields },
        headers: { 'content-type': 'application/json; charset=UTF-8' },
        body: [Buffer.from(JSON.stringify(toResource(options, mark)))],
      });
      for (let chunk = first; ; ) {
        for (const piece of chunk.pieces) {
          checksum.update(piece);
        }
        if (chunk.isLast) {
          return await upload.finish(chunk, checksum.toString());
        }
        const sending = upload.send(chunk);
        const [next] = await Promise.all([chunks.next(partBytes), sending]).catch(async (error: unknown) => {
          await sending.catch(() => undefined);
          throw error;
        });
        chunk = next;
      }
    };
    let object: GcsObject;
    try {
      object = await sendAll().catch((error: unknown) => this.#settle(error, change, mark, upload));
    } catch (error) {
      this.#cancel(upload);
      throw error;
    }
    return checkStored(object, checksum.toString());
  }

  async #settle(error: unknown, change: Change, mark: WriteMark, upload: ResumableUpload): Promise<GcsObject> {
    if (!(error instanceof GcsFailure)) {
      throw error;
    }
    return await this.#commits.settle(error, change, mark, upload.mayBeFinished);
  }

  /** Not waited for: an abort is prompt, and `close` waits. */
  #cancel(upload: ResumableUpload): void {
    const cancelling = upload.cancel().finally(() => this.#cancelling.delete(cancelling));
    this.#cancelling.add(cancelling);
  }
}

function toResource({ contentType = defaultContentType, metadata }: DriverWriteOptions, mark: WriteMark): Record<string, unknown> {
  return { contentType, metadata: encodeMetadata(metadata, mark) };
}

/** @see https://cloud.google.com/storage/docs/json_api/v1/how-tos/multipart-upload */
function toRelatedParts(
  boundary: string,
  resource: Readonly<Record<string, unknown>>,
  pieces: readonly Uint8Array[],
): readonly Uint8Array[] {
  const contentType = String(resource['contentType']);
  const head =
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource)}\r\n` +
    `--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`;
  return [Buffer.from(head), ...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)];
}

/** The service has compared the checksum itself; one that does not must not go unnoticed. The object stays: what it replaced is gone. */
function checkStored(object: GcsObject, crc32c: string): GcsObject {
  if (object.crc32c !== undefined && object.crc32c !== crc32c) {
    const message = `the service stored contents with the checksum ${object.crc32c} instead of ${crc32c}`;
    throw new GcsFailure(message, { reason: 'damaged', isRetryable: false, mayHaveHappened: false });
  }
  return object;
}
