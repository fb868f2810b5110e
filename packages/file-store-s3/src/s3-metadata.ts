import { FileStoreError } from '@oh/file-store-core';
import { formatMark, parseMark, type WriteMark } from './write-mark.ts';

/** Largest metadata of an object in bytes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const maxMetadataBytes = 2048;

/** What the headers of metadata begin with. */
export const metadataPrefix = 'x-amz-meta-';

/** The metadata of an object that says which write made it. */
const markKey = 'oh-write';

/** Words of printable ASCII with single spaces between: what every server and proxy hands on unchanged. */
const plain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** RFC 2047, the form in which S3 itself gives metadata that is not ASCII. */
const encodedWord = /^=\?utf-8\?([bq])\?([^?]*)\?=$/i;

/** What is kept with an object besides its bytes. */
export interface ObjectLabels {
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * The metadata as it is stored: plain ASCII values as they are, others as one RFC 2047 word of base64 (`=?UTF-8?B?...?=`).
 *
 * @param mark Kept beside it, unseen by the caller.
 * @throws {FileStoreError} `invalid-argument` when it is more than S3 keeps, or has a reserved key.
 */
export function encodeMetadata(path: string, metadata: ObjectLabels['metadata'], mark: WriteMark | undefined): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (key === markKey) {
      throw new FileStoreError('invalid-argument', `the metadata key ${markKey} is reserved (for ${JSON.stringify(path)})`, { path });
    }
    encoded[key] = plain.test(value) && !encodedWord.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
  }
  if (mark !== undefined) {
    encoded[markKey] = formatMark(mark);
  }
  const bytes = Object.entries(encoded).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (bytes > maxMetadataBytes) {
    const message = `the metadata of ${JSON.stringify(path)} takes ${bytes} bytes in S3, more than ${maxMetadataBytes}`;
    throw new FileStoreError('invalid-argument', message, { path });
  }
  return encoded;
}

/** The metadata as it was given; `undefined` for none. */
export function decodeMetadata(stored: Readonly<Record<string, string>> | undefined): ObjectLabels['metadata'] {
  const entries = Object.entries(stored ?? {}).filter(([key]) => key !== markKey);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([key, value]) => [key, decodeValue(value)]));
}

/** Which write made the object, if that write said so. */
export function markOf(stored: Readonly<Record<string, string>> | undefined): WriteMark | undefined {
  const text = stored?.[markKey];
  return text === undefined ? undefined : parseMark(text);
}

function decodeValue(value: string): string {
  const [, encoding = '', text = ''] = encodedWord.exec(value) ?? [];
  switch (encoding.toLowerCase()) {
    case 'b':
      return Buffer.from(text, 'base64').toString();
    case 'q': {
      const bytes = text
        .replaceAll('_', ' ')
        .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString();
    }
    default:
      return value;
  }
}
