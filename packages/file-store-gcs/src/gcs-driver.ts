import type {
  AbortOptions,
  CopyOptions,
  DeleteOptions,
  DriverEntriesOptions,
  DriverFile,
  DriverReadOptions,
  DriverWriteOptions,
  FileEntry,
  FileInfo,
  FileStoreCapabilities,
  FileStoreDriver,
} from '@oh/file-store-core';
import { GcsClient } from './gcs-client.ts';
import { GcsCommits } from './gcs-commits.ts';
import { GcsCopy } from './gcs-copy.ts';
import { GcsDeletion } from './gcs-deletion.ts';
import type { GcsEndpoint } from './gcs-endpoint.ts';
import { toGcsError } from './gcs-error.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { GcsListing } from './gcs-listing.ts';
import { toFileInfo } from './gcs-object.ts';
import { GcsObjects } from './gcs-objects.ts';
import { GcsReader } from './gcs-reader.ts';
import { GcsUpload } from './gcs-upload.ts';

/** The largest object of the service: 5 TiB. @see https://cloud.google.com/storage/quotas#objects */
const maxObjectBytes = 5 * 1024 ** 4;

/** What a driver is made of. */
export interface GcsDriverOptions {
  readonly keys: GcsKeys;
  readonly endpoint: GcsEndpoint;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
}

/** The driver of `GoogleCloudFileStore`. */
export class GcsDriver implements FileStoreDriver {
  readonly capabilities: FileStoreCapabilities = {
    conditions: true,
    append: false,
    metadata: true,
    fileBesideDirectory: true,
    maxFileBytes: maxObjectBytes,
  };
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;
  readonly #listing: GcsListing;
  readonly #reader: GcsReader;
  readonly #upload: GcsUpload;
  readonly #deletion: GcsDeletion;
  readonly #copy: GcsCopy;

  constructor({ keys, endpoint, maxAttempts, timeoutMs }: GcsDriverOptions) {
    const client = new GcsClient({ endpoint, maxAttempts, timeoutMs });
    const objects = new GcsObjects(client, keys);
    const commits = new GcsCommits(client, objects);
    const listing = new GcsListing(client, keys);
    const reader = new GcsReader(client, keys, objects, (error, path) => this.#toError(error, 'read', path, false));
    const upload = new GcsUpload(client, keys, commits);
    const deletion = new GcsDeletion(client, keys, objects, listing);
    this.#client = client;
    this.#keys = keys;
    this.#listing = listing;
    this.#reader = reader;
    this.#upload = upload;
    this.#deletion = deletion;
    this.#copy = new GcsCopy({ client, keys, objects, commits, reader, upload, deletion });
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await this.#change('write', path, async () => toFileInfo(path, await this.#upload.write(path, contents, options)));
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#look('read', path, () => this.#reader.read(path, options));
  }

  async stat(path: string, options: AbortOptions): Promise<FileInfo> {
    return await this.#look('look at', path, () => this.#reader.stat(path, options));
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    try {
      yield* this.#listing.entries(path, options);
    } catch (error) {
      throw this.#toError(error, 'list', path, false);
    }
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    await this.#change('delete', path, () => this.#deletion.delete(path, options));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#change('copy', from, async () => toFileInfo(to, await this.#copy.copy(from, to, options)));
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#change('move', from, async () => toFileInfo(to, await this.#copy.move(from, to, options)));
  }

  async close(): Promise<void> {
    await this.#upload.close();
    this.#client.close();
  }

  async #look<T>(action: string, path: string, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      throw this.#toError(error, action, path, false);
    }
  }

  async #change<T>(action: string, path: string, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      throw this.#toError(error, action, path, true);
    }
  }

  #toError(error: unknown, action: string, path: string, isChange: boolean): unknown {
    return toGcsError(error, { action, path, bucket: this.#keys.bucket, url: this.#client.endpoint.url, isChange });
  }
}
