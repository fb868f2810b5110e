import type { FileInfo } from '@oh/file-store-core';
import { toVersion } from './s3-condition.ts';
import { decodeMetadata } from './s3-metadata.ts';

/** What S3 itself says of an object that was written without a content type; for the store it is none. */
export const noContentType = 'binary/octet-stream';

/** What answers tell of an object. */
export interface ObjectHead {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

/** The file that an object is. @throws {FileStoreError} `unsupported` when the server gives no ETag. */
export function toFileInfo(path: string, size: number, head: ObjectHead): FileInfo {
  const metadata = decodeMetadata(head.Metadata);
  const info: FileInfo = { path, size, version: toVersion(path, head.ETag), modifiedAt: toSeconds(head.LastModified) };
  const contentType = head.ContentType === noContentType ? undefined : head.ContentType;
  return {
    ...info,
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Headers tell the time in seconds, some listings in milliseconds: what is compared must be the same. */
export function toSeconds(time: Date | undefined): Date {
  return new Date(Math.floor((time?.getTime() ?? 0) / 1000) * 1000);
}

/** The time of a header. @returns `undefined` for a header that is missing, or no date. */
export function toDate(header: string | undefined): Date | undefined {
  const date = new Date(header ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
