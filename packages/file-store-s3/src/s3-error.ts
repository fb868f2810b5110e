import { FileStoreError, type FileStoreErrorCode, isError } from '@oh/file-store-core';
import { proxyVariable } from './proxy-variable.ts';
import { invalidProxy, type Meaning, meanings, meaningsOfStatus, notTheFile } from './s3-error-meanings.ts';

/** What was asked of the server, for messages. */
export interface S3Operation {
  /** As in "cannot write". */
  readonly action: string;
  /** The path in the store; of the store as a whole `''`. */
  readonly path: string;
  /** Whether a file was to change, so that a lost answer leaves it open. Default: false. */
  readonly isChange?: boolean | undefined;
}

/** Where it was asked. */
export interface S3Place {
  readonly bucket: string;
  /** Where requests go, if that was said. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** What a failed request comes to for whoever has to decide how to go on. */
export type S3Failure =
  /** A condition did not hold: 412, or 404 for `If-Match` on what is missing. */
  | 'lost'
  | 'missing'
  /** 409: another conditional request was under way; nothing is decided. */
  | 'conflict'
  | 'no-upload'
  | 'beyond-end'
  /** No answer, or one that does not say whether it was done. */
  | 'unknown-outcome'
  | 'refused';

/** What is known of the attempts before the last one. */
export interface S3Earlier {
  readonly count: number;
  readonly mayBeDone: boolean;
}

const noEarlier: S3Earlier = { count: 0, mayBeDone: false };

/** What the server or the connection said, without what servers echo of credentials and signatures. */
class S3RequestError extends Error {
  override readonly name: string = 'S3RequestError';
  /** The error code of S3 or of the system. */
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** Whether an earlier attempt may have been done. */
  readonly mayBeDone: boolean;
  /** The region that the server asks for. */
  readonly region: string | undefined;

  constructor(error: SdkError, earlier: S3Earlier) {
    super(error.code === invalidProxy ? 'the URL of the proxy is none' : error.message);
    this.code = error.code ?? error.name;
    this.status = error.$metadata?.httpStatusCode;
    this.requestId = error.$metadata?.requestId;
    // A client of the caller's counts for itself.
    this.mayBeDone = earlier.mayBeDone || (error.$metadata?.attempts ?? 1) > earlier.count + 1;
    this.region = error.$response?.headers?.['x-amz-bucket-region'] ?? error.Region;
  }
}

/** The fields that errors of the SDK, of Node and of credential providers have. */
interface SdkError extends Error {
  readonly code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * What is said before anything is done, with a status that else leaves it open, or without any: errors in an answer that had begun with 200 have 503 for the SDK.
 * `UnknownError` is radosgw's, for one of several writes that met.
 */
const undoneCodes: ReadonlySet<string> = new Set([
  'PreconditionFailed',
  'ConditionalRequestConflict',
  'SlowDown',
  'ServiceUnavailable',
  'UnknownError',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What S3 says with a status 404. The answer to HEAD alone has no body that could say it: a gateway without its server answers 404 too. */
const missingCodes: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload']);

/** How the SDK says that bytes are not those which were stored. */
const checksumMismatch = /^Checksum mismatch/;

/** How the SDK says that it was told of no region. */
const noRegion = /^Region is missing/;

/** The store's error for what a request failed with; `FileStoreError`s are kept. The only place where errors of the SDK are read. */
export function toS3Error(error: unknown, operation: S3Operation, place: S3Place, earlier: S3Earlier = noEarlier): FileStoreError {
  if (error instanceof FileStoreError) {
    return error;
  }
  const { action, path, isChange = false } = operation;
  const cause = new S3RequestError(toSdkError(error), earlier);
  const [code, advice, retryable] = meaningOf(cause, place, action);
  const options = { path, cause, ...(retryable === undefined ? {} : { retryable }) };
  if (code === 'not-found') {
    return new FileStoreError(code, `no file at ${JSON.stringify(path)}`, options);
  }
  const what = path === '' ? 'the root' : JSON.stringify(path);
  const where = `bucket ${JSON.stringify(place.bucket)}${place.endpoint === undefined ? '' : ` at ${place.endpoint}`}`;
  const said = [cause.code, cause.status].filter((part) => part !== undefined && part !== 'Error' && part !== 'Unknown').join(' ');
  const detail = code === 'unknown' ? `${said}: ${cause.message}` : said;
  const variable = cause.status === undefined ? proxyVariable(place.endpoint ?? '') : undefined;
  const proxy =
    variable === undefined ? undefined : `the proxy in ${variable} may stand in the way; check it, or name the host in NO_PROXY`;
  const outcome = isChange && isOpen(cause, code, retryable) ? 'whether the change took effect is not known' : undefined;
  const reasons = [detail, advice, proxy, outcome].filter((part) => part !== undefined && part !== '').join('; ');
  return new FileStoreError(code, `cannot ${action} ${what} in ${where}: ${reasons}`, options);
}

/** As {@link toS3Error} for the body of an answer that broke: what is not said otherwise came of the connection. */
export function toBodyError(error: unknown, operation: S3Operation, place: S3Place): FileStoreError {
  const mapped = toS3Error(error, operation, place);
  if (mapped.code !== 'unknown') {
    return mapped;
  }
  const { path } = operation;
  const message = `cannot ${operation.action} ${JSON.stringify(path)} to its end: the connection broke; read it again`;
  return new FileStoreError('unavailable', message, { path, cause: mapped.cause });
}

/** How to go on after an error of {@link toS3Error}, or after the reason of an abort, which leaves everything open. */
export function failureOf(error: unknown): S3Failure {
  if (!(error instanceof FileStoreError)) {
    return 'unknown-outcome';
  }
  const { cause } = error;
  if (!(cause instanceof S3RequestError)) {
    return 'refused';
  }
  const { code, status } = cause;
  if (code === 'NoSuchBucket') {
    return 'refused';
  }
  if (code === 'NoSuchUpload') {
    return 'no-upload';
  }
  if (code === 'PreconditionFailed') {
    return 'lost';
  }
  if (code === 'ConditionalRequestConflict' || code === 'OperationAborted' || (status === 409 && error.code !== 'path-conflict')) {
    return 'conflict';
  }
  switch (status) {
    case 404:
      return error.code === 'not-found' ? 'missing' : 'unknown-outcome';
    case 412:
      return 'lost';
    case 416:
      return 'beyond-end';
    default:
      return saysNothing(status) ? 'unknown-outcome' : 'refused';
  }
}

/** Whether the server takes the credentials for expired: the last attempt has done nothing. */
export function hasExpiredCredentials(error: unknown): boolean {
  const code = error instanceof FileStoreError && error.cause instanceof S3RequestError ? error.cause.code : undefined;
  return code === 'ExpiredToken' || code === 'TokenRefreshRequired';
}

/** Whether an earlier attempt may have been done, although the last one failed. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof FileStoreError && error.cause instanceof S3RequestError && error.cause.mayBeDone;
}

/** Whether an error of the SDK or of the connection says that what was asked for has not been done. */
export function saysUndone(error: unknown): boolean {
  const { code, status } = new S3RequestError(toSdkError(error), noEarlier);
  return undoneCodes.has(code) || !saysNothing(status);
}

/** Whether a change may have been made, by the last attempt or one before. What no other attempt would help against never reached a server. */
function isOpen({ code: said, status, mayBeDone }: S3RequestError, code: FileStoreErrorCode, retryable = true): boolean {
  const isLost = retryable && (code === 'unavailable' || code === 'timeout') && !undoneCodes.has(said) && saysNothing(status);
  return mayBeDone || isLost;
}

/** Whether an error with this status, or without any, leaves open what was done. */
function saysNothing(status: number | undefined): boolean {
  return status === undefined || status < 300 || status === 408 || (status >= 500 && status !== 501);
}

/** Whether the answer was a 400 without a reason, as those to HEAD are: expired credentials are one. */
export function isUnexplained(error: unknown): boolean {
  return error instanceof FileStoreError && error.code === 'unknown' && error.cause instanceof S3RequestError && error.cause.status === 400;
}

/** Whether whoever answered has named the request, as S3 does in every answer, and gateways before it do not. */
export function isNamedByS3(error: unknown): boolean {
  return error instanceof FileStoreError && error.cause instanceof S3RequestError && error.cause.requestId !== undefined;
}

function meaningOf(cause: S3RequestError, { bucket, region }: S3Place, action: string): Meaning {
  const { code, status, message } = cause;
  if (status === 404 && !missingCodes.has(code) && action !== 'look at') {
    return ['unavailable', notTheFile];
  }
  if (cause.region !== undefined && cause.region !== region && (status === 301 || status === 307 || status === 400)) {
    const now = region === undefined ? '' : `, not in ${region}`;
    return ['invalid-argument', `the bucket ${bucket} is in the region ${cause.region}${now}; set the option region or AWS_REGION to it`];
  }
  if (checksumMismatch.test(message)) {
    return ['corrupt', 'the contents do not have the checksum that they were stored with'];
  }
  if (noRegion.test(message)) {
    return ['invalid-argument', 'no region is known; set the option region or AWS_REGION'];
  }
  const meaning = meanings[code] ?? meaningsOfStatus[status ?? 0];
  if (meaning !== undefined) {
    return meaning;
  }
  return status !== undefined && status >= 500 ? ['unavailable'] : ['unknown'];
}

function toSdkError(error: unknown): SdkError {
  return isError(error) ? error : new Error('the SDK threw something that is no Error');
}
