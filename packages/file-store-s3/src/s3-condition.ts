import { FileStoreError, type WriteCondition } from '@oh/file-store-core';

/** What an ETag consists of, and so a version; anything else in a header could mean something else than one version. */
const etagCharacters = /^[A-Za-z0-9+/=_.:-]+$/;

/** An ETag as servers make them that have no other form: an MD5 sum, and of how many parts. */
const wholeEtag = /^[0-9a-f]{32}(?:-\d+)?$/;

/**
 * The version of an object is its ETag without the quotes, and without the mark of a weak one, which proxies add that pack bodies.
 *
 * @throws {FileStoreError} `unsupported` when the server gives none.
 */
export function toVersion(path: string, etag: string | undefined): string {
  const version = etag?.replace(/^(?:W\/)?"|"$/g, '');
  if (version === undefined || version === '') {
    throw new FileStoreError('unsupported', `the server gives no ETag for ${JSON.stringify(path)}, so that versions cannot be told apart`, {
      path,
    });
  }
  return version;
}

/** @throws {FileStoreError} `version-mismatch` when `version` is none that S3 could have given. */
export function toEtag(path: string, version: string): string {
  if (!etagCharacters.test(version)) {
    throw lostCondition(path, { ifVersion: version });
  }
  return `"${version}"`;
}

/** Whether anything is required at all. */
export function isConditional({ ifAbsent, ifVersion }: WriteCondition): boolean {
  return ifAbsent === true || ifVersion !== undefined;
}

/** The headers of a condition, as the SDK takes them. */
export interface ConditionHeaders {
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
}

/** The headers of a condition. @throws {FileStoreError} `version-mismatch` as {@link toEtag}. */
export function toHeaders(path: string, { ifAbsent, ifVersion }: WriteCondition): ConditionHeaders {
  return {
    ...(ifAbsent === true ? { IfNoneMatch: '*' } : {}),
    ...(ifVersion === undefined ? {} : { IfMatch: toEtag(path, ifVersion) }),
  };
}

/**
 * The same for servers that compare the header with what belongs between the quotes. As they look at its beginning only, it has to be a
 * whole ETag.
 *
 * @throws {FileStoreError} `version-mismatch` when it is none.
 */
export function withBareEtag(path: string, headers: ConditionHeaders): ConditionHeaders {
  if (headers.IfMatch === undefined) {
    return headers;
  }
  const IfMatch = headers.IfMatch.replaceAll('"', '');
  if (!wholeEtag.test(IfMatch)) {
    throw lostCondition(path, { ifVersion: IfMatch });
  }
  return { IfMatch };
}

/** What the loser of a condition gets. */
export function lostCondition(path: string, { ifAbsent }: WriteCondition, cause?: unknown): FileStoreError {
  return ifAbsent === true
    ? new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path, cause })
    : new FileStoreError('version-mismatch', `${JSON.stringify(path)} is missing or has another version`, { path, cause });
}
