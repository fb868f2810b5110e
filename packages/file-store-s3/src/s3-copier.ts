import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { type CopyOptions, type FileInfo, FileStoreError } from '@oh/file-store-core';
import type { MultipartUploads } from './multipart-uploads.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isConditional, toEtag, toVersion } from './s3-condition.ts';
import type { S3Deleter } from './s3-deleter.ts';
import { failureOf } from './s3-error.ts';
import { toSeconds } from './s3-info.ts';
import type { ObjectLabels } from './s3-metadata.ts';
import type { S3Reader } from './s3-reader.ts';
import { type S3Writer, singlePutBytes } from './s3-writer.ts';

/** Largest copy made by one request, and the size of the parts of others: what a server copies well within a time-out. */
const copyPartBytes = 128 * 1024 * 1024;

/** Most parts of an upload. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxParts = 10_000;

/** How often a copy is begun of a file that changes at the very moment. */
const maxAttempts = 5;

/** Copies and moves objects inside the server. */
export class S3Copier {
  readonly #bucket: S3Bucket;
  readonly #reader: S3Reader;
  readonly #writer: S3Writer;
  readonly #uploads: MultipartUploads;
  readonly #deleter: S3Deleter;
  readonly #conditionalDelete: boolean;

  constructor(parts: {
    readonly bucket: S3Bucket;
    readonly reader: S3Reader;
    readonly writer: S3Writer;
    readonly uploads: MultipartUploads;
    readonly deleter: S3Deleter;
    readonly conditionalDelete: boolean;
  }) {
    this.#bucket = parts.bucket;
    this.#reader = parts.reader;
    this.#writer = parts.writer;
    this.#uploads = parts.uploads;
    this.#deleter = parts.deleter;
    this.#conditionalDelete = parts.conditionalDelete;
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return (await this.#copy(from, to, options)).made;
  }

  /** Copies, then deletes the version that was copied; no abort any more in between, since the copy is there. */
  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    if (this.#conditionalDelete) {
      await this.#deleter.prepare(from, options.signal);
    }
    const { made, source } = await this.#copy(from, to, options);
    try {
      await this.#deleteMoved(from, source.version);
    } catch (error) {
      // Somebody wrote it anew, or moved it too: that is not ours to delete. Or it is gone, and the answer to our own delete was lost.
      if (!isGone(error) && !(error instanceof FileStoreError && isGone(error.cause))) {
        throw error;
      }
    }
    return made;
  }

  async #deleteMoved(path: string, version: string): Promise<void> {
    if (this.#conditionalDelete) {
      return await this.#deleter.deleteVersion(path, version, undefined);
    }
    const { info } = await this.#reader.stat(path, {});
    if (info.version === version) {
      await this.#deleter.deleteFile(path);
    }
  }

  async #copy(from: string, to: string, options: CopyOptions): Promise<{ made: FileInfo; source: FileInfo }> {
    for (let attempt = 1; ; attempt += 1) {
      const { info: source } = await this.#reader.stat(from, options);
      try {
        return { source, made: await this.#copyVersion(source, to, options) };
      } catch (error) {
        // Of the destination this would be another error: it is the source that has changed.
        if (failureOf(error) !== 'lost') {
          throw error;
        }
        if (attempt >= maxAttempts) {
          const message = `${JSON.stringify(from)} is replaced faster than it can be copied; try again`;
          throw new FileStoreError('unavailable', message, { path: from, cause: error });
        }
      }
    }
  }

  /** Not every server looks at the condition of a copy, but those of other requests are known to hold. */
  async #copyVersion(source: FileInfo, to: string, options: CopyOptions): Promise<FileInfo> {
    const withCondition = isConditional(options);
    if (source.size > copyPartBytes || (withCondition && source.size >= singlePutBytes)) {
      return await this.#copyParts(source, to, options);
    }
    if (withCondition) {
      return await this.#writer.write(to, await this.#reader.readVersion(source, options), { ...options, ...labelsOf(source) });
    }
    return await this.#copyAtOnce(source, to, options);
  }

  async #copyAtOnce(source: FileInfo, to: string, { signal }: CopyOptions): Promise<FileInfo> {
    const command = new CopyObjectCommand({
      Bucket: this.#bucket.name,
      Key: this.#bucket.keys.toKey(to),
      CopySource: this.#sourceOf(source.path),
      CopySourceIfMatch: toEtag(source.path, source.version),
    });
    const call = { action: 'copy', path: source.path, isChange: true, signal };
    const { CopyObjectResult: made } = await this.#bucket.call(call, (client, sendOptions) => client.send(command, sendOptions));
    const version = toVersion(to, made?.ETag);
    const copy = { ...source, path: to, version, modifiedAt: toSeconds(made?.LastModified) };
    // With the same ETag the copy is of the very version that was looked at, whatever the server made of the header.
    if (version === source.version) {
      return copy;
    }
    // It is made: neither an abort nor a failure to look changes that, and what others have put in its place is not it.
    const seen = await this.#reader.stat(to, { signal }).catch(() => undefined);
    return seen?.info.version === version ? seen.info : copy;
  }

  async #copyParts(source: FileInfo, to: string, options: CopyOptions): Promise<FileInfo> {
    const bytes = Math.max(copyPartBytes, Math.ceil(source.size / maxParts));
    const part = { source: this.#sourceOf(source.path), etag: toEtag(source.path, source.version) };
    return await this.#uploads.run({ path: to, options: { ...options, ...labelsOf(source) } }, async (send) => {
      for (let start = 0; start < source.size; start += bytes) {
        await send({ ...part, start, end: Math.min(start + bytes, source.size) });
      }
      return source.size;
    });
  }

  #sourceOf(path: string): string {
    return [this.#bucket.name, ...this.#bucket.keys.toKey(path).split('/')].map(encodeURIComponent).join('/');
  }
}

function isGone(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === 'lost' || failure === 'missing';
}

function labelsOf({ contentType, metadata }: FileInfo): ObjectLabels {
  return { contentType, metadata };
}
