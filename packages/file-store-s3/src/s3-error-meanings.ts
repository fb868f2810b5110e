import type { FileStoreErrorCode } from '@oh/file-store-core';

/** Node's code for a URL of a proxy that is none; its message has the URL, which may have a password. */
export const invalidProxy = 'ERR_PROXY_INVALID_CONFIG';

/** What an error means for a store, and what people can do about it where the code alone does not tell. */
export type Meaning = readonly [code: FileStoreErrorCode, advice?: string, retryable?: boolean];

const checkCredentials = 'the credentials are not valid there; check access key, secret and session token';
const renewCredentials = 'the credentials have expired; renew them';
const setClock = 'the clock of this machine is wrong by minutes; set it';
const waitForServer = 'no answer in time; check the network, and whether the server is overloaded or hangs';
const startServer = 'nothing listens there; check the endpoint, and whether the server runs';
const checkHost = 'the host is not known; check the endpoint and the network';
const checkTls = 'the certificate or the protocol does not fit; check the endpoint, http or https (AWS_S3_SECURE), and NODE_EXTRA_CA_CERTS';

const checkProxy = 'the proxy refuses the connection; check its URL, user and password';

/** For a 404 that does not say, as S3 does, what is missing. */
export const notTheFile = 'S3 says otherwise that a file is missing; check the bucket, the endpoint, and what lies before the server';

/**
 * By the code of S3, of the system or of the SDK.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const meanings: Readonly<Record<string, Meaning>> = {
  NoSuchKey: ['not-found'],
  NotFound: ['not-found'],
  PreconditionFailed: ['version-mismatch'],
  NoSuchBucket: ['unavailable', 'the bucket does not exist; create it, or correct its name', false],
  AccessDenied: ['permission-denied', 'the credentials do not allow it; give them s3:GetObject, PutObject, DeleteObject, ListBucket'],
  AllAccessDisabled: ['permission-denied'],
  InvalidAccessKeyId: ['permission-denied', checkCredentials],
  SignatureDoesNotMatch: ['permission-denied', checkCredentials],
  InvalidToken: ['permission-denied', checkCredentials],
  InvalidTokenId: ['permission-denied', checkCredentials],
  ExpiredToken: ['permission-denied', renewCredentials],
  TokenRefreshRequired: ['permission-denied', renewCredentials],
  CredentialsProviderError: ['permission-denied', 'no credentials were found; give them as an option or in the environment'],
  InvalidObjectState: ['unavailable', 'it is archived; restore it first', false],
  RequestTimeTooSkewed: ['unavailable', setClock, false],
  RequestExpired: ['unavailable', setClock, false],
  SlowDown: ['rate-limited'],
  TooManyRequests: ['rate-limited'],
  TooManyRequestsException: ['rate-limited'],
  RequestLimitExceeded: ['rate-limited'],
  ThrottlingException: ['rate-limited'],
  InternalError: ['unavailable'],
  ServiceUnavailable: ['unavailable'],
  ConditionalRequestConflict: ['unavailable', 'another conditional request was in its way; try again'],
  OperationAborted: ['unavailable', 'another conditional request was in its way; try again'],
  NoSuchUpload: ['unavailable', 'the upload was aborted by somebody else; try again'],
  BadDigest: ['unavailable', 'the contents were damaged on their way; try again'],
  XAmzContentSHA256Mismatch: ['unavailable', 'the contents were damaged on their way; try again'],
  RequestTimeout: ['timeout', waitForServer],
  TimeoutError: ['timeout', waitForServer],
  ETIMEDOUT: ['timeout', waitForServer],
  UND_ERR_BODY_TIMEOUT: ['timeout', waitForServer],
  ECONNREFUSED: ['unavailable', startServer],
  ENOTFOUND: ['unavailable', checkHost],
  EAI_AGAIN: ['unavailable', checkHost],
  ECONNRESET: ['unavailable', 'the connection broke'],
  UND_ERR_SOCKET: ['unavailable', 'the connection broke'],
  EPIPE: ['unavailable', 'the connection broke'],
  EHOSTUNREACH: ['unavailable', checkHost],
  ENETUNREACH: ['unavailable', checkHost],
  ERR_INVALID_URL: ['invalid-argument', 'the endpoint is no URL; correct AWS_ENDPOINT_URL, or endpoint_url of the profile'],
  EPROTO: ['unavailable', checkTls, false],
  CERT_HAS_EXPIRED: ['unavailable', checkTls, false],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['unavailable', checkTls, false],
  SELF_SIGNED_CERT_IN_CHAIN: ['unavailable', checkTls, false],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unavailable', checkTls, false],
  ERR_TLS_CERT_ALTNAME_INVALID: ['unavailable', checkTls, false],
  [invalidProxy]: ['invalid-argument', 'the URL of the proxy is none'],
  ERR_PROXY_TUNNEL: ['unavailable', checkProxy],
  KeyTooLongError: ['invalid-path'],
  XMinioInvalidObjectName: ['invalid-path', 'the server cannot hold such a key'],
  XMinioParentIsObject: ['path-conflict', 'a part of its path is a file'],
  XMinioObjectExistsAsDirectory: ['path-conflict', 'a directory with files is there'],
  EntityTooLarge: ['invalid-argument', 'it is larger than the server takes'],
  MetadataTooLarge: ['invalid-argument', 'its metadata is larger than the server takes'],
  InvalidBucketName: ['invalid-argument', 'the name of the bucket is not valid'],
  XMinioStorageFull: ['no-space', 'the disks of the server are full'],
  QuotaExceeded: ['no-space', 'the quota of the bucket is used up'],
  XMinioAdminBucketQuotaExceeded: ['no-space', 'the quota of the bucket is used up'],
  NotImplemented: ['unsupported', 'the server does not implement it'],
};

/** Where there is no code: answers to HEAD have no body. */
export const meaningsOfStatus: Readonly<Record<number, Meaning>> = {
  401: ['permission-denied', checkCredentials],
  403: [
    'permission-denied',
    'the credentials are not valid there, or do not allow it; a missing file is told only to who may list the bucket',
  ],
  404: ['not-found'],
  407: ['unavailable', checkProxy, false],
  408: ['timeout'],
  409: ['unavailable'],
  412: ['version-mismatch'],
  429: ['rate-limited'],
  501: ['unsupported', 'the server does not implement it'],
  503: ['unavailable'],
  507: ['no-space', 'the disks of the server are full'],
};
