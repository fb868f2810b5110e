/** Why an operation failed; programs act on the code, people read the message. */
export type FileStoreErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'version-mismatch'
  | 'path-conflict'
  | 'invalid-path'
  | 'invalid-argument'
  | 'permission-denied'
  | 'rate-limited'
  | 'unavailable'
  | 'timeout'
  | 'no-space'
  | 'corrupt'
  | 'unsupported'
  | 'closed'
  | 'unknown';

/** Shared by all installed copies of this package. */
const marker = Symbol.for('@oh/file-store-core/FileStoreError');

const retryableCodes: ReadonlySet<FileStoreErrorCode> = new Set(['rate-limited', 'unavailable', 'timeout']);

/** Further fields of a {@link FileStoreError}. */
export interface FileStoreErrorOptions {
  /** The path concerned, as the store names it. */
  readonly path?: string | undefined;
  /** What was caught; for logs and debuggers, never for the other end of a wire. */
  readonly cause?: unknown;
  /** Default: true for `rate-limited`, `unavailable` and `timeout`. */
  readonly retryable?: boolean | undefined;
}

/**
 * The one error of the packages of oh-storage. The message leads with the code: `[not-found] no file at "a/b"`.
 *
 * `instanceof` also holds between two installed copies of this package.
 */
export class FileStoreError extends Error {
  override readonly name: string = 'FileStoreError';
  readonly code: FileStoreErrorCode;
  /** The path concerned, if there is one. */
  readonly path: string | undefined;
  /** Whether the same call may succeed later without anyone's doing. */
  readonly retryable: boolean;

  /** @param message What happened and, where it helps, what to do; never contents or secrets. */
  constructor(code: FileStoreErrorCode, message: string, options: FileStoreErrorOptions = {}) {
    super(`[${code}] ${message}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.path = options.path;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    Object.defineProperty(this, marker, { value: true });
  }

  /** The message without the code before it, for messages of others that lead with one. */
  get reason(): string {
    return this.message.slice(`[${this.code}] `.length);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

/** Whether `error` is a {@link FileStoreError} with this code. */
export function hasErrorCode(error: unknown, code: FileStoreErrorCode): error is FileStoreError {
  return error instanceof FileStoreError && error.code === code;
}
