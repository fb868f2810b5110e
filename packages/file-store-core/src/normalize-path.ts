import { FileStoreError } from './file-store-error.ts';

/** Longest path in bytes of UTF-8: the key limit of S3 and Google Cloud Storage. */
export const maxPathBytes = 1024;

/** Longest segment in bytes of UTF-8: NAME_MAX of the common file systems. */
export const maxSegmentBytes = 255;

/** Most paths are this: nothing to drop, nothing to refuse. */
const plainPath = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/**
 * The one spelling of a path: `/a//b`, `./a/b`, `a/b/` and `a/b` all give `a/b`; the root is `''`.
 *
 * Any Unicode is allowed and kept as it is, without normalisation or case folding.
 *
 * @throws {FileStoreError} `invalid-path` for a `..` segment, control characters, lone surrogates, a segment over
 *   {@link maxSegmentBytes} or a path over {@link maxPathBytes}.
 */
export function normalizePath(path: string): string {
  if (typeof path !== 'string') {
    throw new TypeError(`a path is a string, not ${path === null ? 'null' : typeof path}`);
  }
  if (path.length <= maxSegmentBytes && plainPath.test(path)) {
    return path;
  }
  if (!path.isWellFormed()) {
    throw invalidPath(path, 'has a lone surrogate, which is not Unicode text');
  }
  if (/\p{Cc}/u.test(path)) {
    throw invalidPath(path, 'has a control character');
  }
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  for (const segment of segments) {
    if (segment === '..') {
      throw invalidPath(path, 'has a ".." segment; name the file from the root of the store');
    }
    if (isLongerThan(segment, maxSegmentBytes)) {
      throw invalidPath(path, `has a segment of more than ${maxSegmentBytes} bytes`);
    }
  }
  const normalized = segments.join('/');
  if (isLongerThan(normalized, maxPathBytes)) {
    throw invalidPath(path, `is longer than ${maxPathBytes} bytes`);
  }
  return normalized;
}

/**
 * As {@link normalizePath}, for what must name a file.
 *
 * @throws {FileStoreError} `invalid-path` also for the root and for a path that ends in `/`.
 */
export function normalizeFilePath(path: string): string {
  const normalized = normalizePath(path);
  if (normalized === '') {
    throw invalidPath(path, 'names the root of the store, not a file');
  }
  if (path.endsWith('/') || path.endsWith('/.')) {
    throw invalidPath(path, 'names a directory; leave out the "/" at its end to name a file');
  }
  return normalized;
}

function isLongerThan(text: string, maxBytes: number): boolean {
  // A UTF-16 code unit is one to three bytes of UTF-8.
  return text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes);
}

function invalidPath(path: string, why: string): FileStoreError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new FileStoreError('invalid-path', `${JSON.stringify(shown)} ${why}`, { path });
}
