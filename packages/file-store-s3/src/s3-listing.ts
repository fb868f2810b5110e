import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { comparePaths, type DriverEntriesOptions, type FileEntry, FileStoreError } from '@oh/file-store-core';
import type { S3Bucket } from './s3-bucket.ts';
import { toVersion } from './s3-condition.ts';
import { toSeconds } from './s3-info.ts';

/** Most keys of one answer. */
export const maxPageKeys = 1000;

/** One page to ask for. */
interface PageRequest {
  readonly path: string;
  readonly prefix: string;
  readonly isRecursive: boolean;
  readonly startAfter?: string | undefined;
  readonly maxKeys: number;
  readonly signal: AbortSignal | undefined;
}

/** Lists a bucket. */
export class S3Listing {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  /** The entries of a directory in the order of a listing, a page at a time. */
  async *entries(path: string, { recursive, startAfter, limit, signal }: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const { keys } = this.#bucket;
    const request: PageRequest = {
      path,
      prefix: keys.toPrefix(path),
      isRecursive: recursive,
      startAfter: startAfter === undefined || startAfter === '' ? undefined : keys.prefix + startAfter,
      // A page may begin with the directory that holds `startAfter`, which is not among the entries asked for.
      maxKeys: Math.min(limit + 1, maxPageKeys),
      signal,
    };
    for await (const page of this.#pages(request)) {
      for (const entry of this.#toEntries(page)) {
        if (startAfter === undefined || comparePaths(entry.path, startAfter) > 0) {
          yield entry;
        }
      }
    }
  }

  /** The keys of all objects below a directory, those without a path too, a page at a time. @param firstPage Most keys of the first one. */
  async *keysBelow(path: string, firstPage: number, signal: AbortSignal | undefined): AsyncGenerator<string[], void, undefined> {
    const prefix = this.#bucket.keys.toPrefix(path);
    for await (const page of this.#pages({ path, prefix, isRecursive: true, maxKeys: firstPage, signal })) {
      yield (page.Contents ?? []).map(({ Key = '' }) => decodeKey(Key, page));
    }
  }

  async *#pages({ path, prefix, isRecursive, startAfter, maxKeys, signal }: PageRequest): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket.name,
        Prefix: prefix,
        MaxKeys: token === undefined ? maxKeys : maxPageKeys,
        // XML cannot hold every character that a key can.
        EncodingType: 'url',
        ...(isRecursive ? {} : { Delimiter: '/' }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
      });
      const page = await this.#bucket.call({ action: 'list', path, signal }, (client, options) => client.send(command, options));
      yield page;
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      if (page.IsTruncated === true && (next === undefined || next === token)) {
        const reason = next === undefined ? 'it gives no continuation token' : 'it gives the same continuation token again';
        throw new FileStoreError('unsupported', `the server cannot list ${JSON.stringify(path)} to its end: ${reason}`, { path });
      }
      token = next;
    } while (token !== undefined);
  }

  /** S3 gives files and directories of a page apart. */
  #toEntries(page: ListObjectsV2CommandOutput): FileEntry[] {
    const { Contents = [], CommonPrefixes = [] } = page;
    const entries: FileEntry[] = [];
    for (const { Key = '', Size = 0, ETag, LastModified } of Contents) {
      const path = this.#bucket.keys.toPath(decodeKey(Key, page));
      if (path !== undefined && !path.endsWith('/')) {
        entries.push({ kind: 'file', path, size: Size, version: toVersion(path, ETag), modifiedAt: toSeconds(LastModified) });
      }
    }
    for (const { Prefix = '' } of CommonPrefixes) {
      const path = this.#bucket.keys.toPath(decodeKey(Prefix, page));
      if (path !== undefined) {
        entries.push({ kind: 'directory', path });
      }
    }
    return CommonPrefixes.length === 0 ? entries : entries.sort((a, b) => comparePaths(a.path, b.path));
  }
}

/** Undoes `EncodingType: 'url'`, which writes a space as `+`, where the server says that it has done so. */
function decodeKey(key: string, { EncodingType }: ListObjectsV2CommandOutput): string {
  return EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
