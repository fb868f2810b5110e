import type { IncomingHttpHeaders } from 'node:http';
import type { FileInfo } from '@oh/file-store-core';
import { toProtocolFailure } from './gcs-failure.ts';
import { decodeMetadata, type WriteMark } from './write-mark.ts';

/** The fields of an object that are asked for. @see https://cloud.google.com/storage/docs/json_api/v1/objects */
export const objectFields =
  'name,size,generation,updated,crc32c,metadata,contentType,contentEncoding,contentDisposition,contentLanguage,cacheControl';

/** Fields that a copy keeps besides the metadata. */
const keptFields = ['contentType', 'contentEncoding', 'contentDisposition', 'contentLanguage', 'cacheControl'] as const;

/** What is known of one generation of an object. */
export interface GcsObject {
  readonly size: number;
  readonly generation: string;
  readonly modifiedAt: Date;
  /** CRC-32C of the contents in base64, as Google spells it. */
  readonly crc32c: string | undefined;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly mark: WriteMark | undefined;
  /** What a copy is to have too. */
  readonly kept: Readonly<Record<string, string>>;
}

/** The object that an answer of the JSON API describes. @throws {GcsFailure} When it describes none. */
export function parseObject(value: unknown): GcsObject {
  const resource = toRecord(value);
  const { size, generation, updated, crc32c, contentType } = resource;
  if (typeof generation !== 'string' || Number.isNaN(Number(size)) || typeof updated !== 'string') {
    throw toProtocolFailure('the answer describes no object', true);
  }
  const kept = keptFields.flatMap((field) => (typeof resource[field] === 'string' ? [[field, resource[field]]] : []));
  return {
    size: Number(size),
    generation,
    modifiedAt: wholeSeconds(updated),
    crc32c: typeof crc32c === 'string' ? crc32c : undefined,
    contentType: typeof contentType === 'string' ? contentType : undefined,
    ...decodeMetadata(toRecord(resource['metadata'] ?? {}) as Record<string, string>),
    kept: Object.fromEntries(kept),
  };
}

/** The object that the headers of its contents describe; its metadata are there only if its mark is. */
export function parseObjectHeaders(headers: IncomingHttpHeaders): GcsObject {
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('x-goog-meta-') && typeof value === 'string' ? [[name.slice('x-goog-meta-'.length), value]] : [],
  );
  const crc32c = /crc32c=([^,\s]+)/.exec(String(headers['x-goog-hash'] ?? ''))?.[1];
  return {
    size: Number(headers['x-goog-stored-content-length']),
    generation: String(headers['x-goog-generation']),
    modifiedAt: wholeSeconds(headers['last-modified'] ?? ''),
    crc32c,
    contentType: headers['content-type'],
    ...decodeMetadata(Object.fromEntries(metadata)),
    kept: {},
  };
}

/** What a store says of the object at `path`. */
export function toFileInfo(path: string, { size, generation, modifiedAt, contentType, metadata }: GcsObject): FileInfo {
  return {
    path,
    size,
    version: generation,
    modifiedAt,
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata && { metadata }),
  };
}

/** Whether a version can be a generation: digits that mean a file, which 0 does not. */
export function isGeneration(version: string): boolean {
  return /^[1-9]\d{0,18}$/.test(version);
}

/** Headers tell times in seconds, JSON in more: what is not the same everywhere is left out. */
export function wholeSeconds(time: string): Date {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000);
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
