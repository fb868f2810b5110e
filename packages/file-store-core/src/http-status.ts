import { FileStoreError, type FileStoreErrorCode } from './file-store-error.ts';

/** The names and meanings are those of RFC 9110, 6585 (429) and 4918 (507); a failed condition is 412 at S3 and Google Cloud Storage, too. */
const statuses: Readonly<Record<FileStoreErrorCode, number>> = {
  'not-found': 404,
  'already-exists': 412,
  'version-mismatch': 412,
  'path-conflict': 409,
  'invalid-path': 400,
  'invalid-argument': 400,
  'permission-denied': 403,
  'rate-limited': 429,
  unavailable: 503,
  timeout: 504,
  'no-space': 507,
  corrupt: 500,
  unsupported: 501,
  closed: 503,
  unknown: 500,
};

/**
 * The HTTP status with which a server answers when a store has failed: that of the `code` of a {@link FileStoreError}, 500 for anything else.
 *
 * A server sends `Retry-After` with it where `error.retryable` is true, and 409 instead of 412 where its client has given no condition. It does not send
 * `error.message`, which names paths of the store.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15
 */
export function httpStatusOf(error: unknown): number {
  // Another copy of this package may know more codes.
  return (error instanceof FileStoreError ? statuses[error.code] : undefined) ?? 500;
}
