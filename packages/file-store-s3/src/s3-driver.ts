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
import { ConditionProbe } from './condition-probe.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { ObjectRequests } from './object-requests.ts';
import { S3Bucket } from './s3-bucket.ts';
import { createDirectRequests, createS3Client, goesToAws } from './s3-client.ts';
import { S3Copier } from './s3-copier.ts';
import { S3Deleter } from './s3-deleter.ts';
import type { S3FileStoreOptions } from './s3-file-store.ts';
import { S3Listing } from './s3-listing.ts';
import { S3Reader } from './s3-reader.ts';
import { S3Writer } from './s3-writer.ts';

/** Largest object. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxFileBytes = 5 * 1024 ** 4;

/** The driver of `S3FileStore`. */
export class S3Driver implements FileStoreDriver {
  readonly capabilities: FileStoreCapabilities;
  readonly #bucket: S3Bucket;
  readonly #ownsClient: boolean;
  readonly #probe: ConditionProbe;
  readonly #reader: S3Reader;
  readonly #writer: S3Writer;
  readonly #listing: S3Listing;
  readonly #deleter: S3Deleter;
  readonly #copier: S3Copier;

  constructor(options: S3FileStoreOptions) {
    const { prefix = '', client = createS3Client(options), endpoint } = options;
    const { conditionalDelete = goesToAws(client, endpoint) } = options;
    const direct = options.client === undefined ? createDirectRequests(client, options) : undefined;
    const objects = new ObjectRequests(client, options.bucket, direct);
    const bucket = new S3Bucket({ name: options.bucket, client, objects, prefix, endpoint });
    const server = options.client === undefined ? `${endpoint ?? ''} ${options.region ?? ''}` : undefined;
    const probe = new ConditionProbe(bucket, server);
    const reader = new S3Reader(bucket);
    const uploads = new MultipartUploads(bucket, reader, probe);
    this.capabilities = { conditions: true, conditionalDelete, append: false, metadata: true, fileBesideDirectory: true, maxFileBytes };
    this.#bucket = bucket;
    this.#ownsClient = options.client === undefined;
    this.#probe = probe;
    this.#reader = reader;
    this.#writer = new S3Writer(bucket, reader, probe, uploads);
    this.#listing = new S3Listing(bucket);
    this.#deleter = new S3Deleter(bucket, this.#listing, probe);
    this.#copier = new S3Copier({ bucket, reader, writer: this.#writer, uploads, deleter: this.#deleter, conditionalDelete });
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await this.#writer.write(path, contents, options);
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#reader.read(path, options);
  }

  async stat(path: string, options: AbortOptions): Promise<FileInfo> {
    return (await this.#reader.stat(path, options)).info;
  }

  entries(path: string, options: DriverEntriesOptions): AsyncIterable<FileEntry> {
    return this.#listing.entries(path, options);
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    const { ifVersion, signal } = options;
    await (ifVersion === undefined ? this.#deleter.delete(path, options) : this.#deleter.deleteVersion(path, ifVersion, signal));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#copier.copy(from, to, options);
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#copier.move(from, to, options);
  }

  async close(): Promise<void> {
    this.#probe.close();
    await this.#bucket.settle();
    await this.#bucket.objects.close();
    if (this.#ownsClient) {
      this.#bucket.client.destroy();
    }
  }
}
