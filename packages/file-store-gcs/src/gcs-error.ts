import { FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';
import { GcsFailure } from './gcs-failure.ts';

/** What was being done where; for messages. */
export interface GcsAction {
  /** As in "cannot write". */
  readonly action: string;
  /** The path in the store. */
  readonly path: string;
  readonly bucket: string;
  /** Address of the service. */
  readonly url: string;
  /** Whether something was to change, so that a lost answer leaves it open. */
  readonly isChange: boolean;
}

/** What a failure means for a store, and what to do about it. */
interface Meaning {
  readonly code: FileStoreErrorCode;
  readonly advice?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/**
 * The store's error for a failed request: the only place where failures are read. What is not recognised is `unknown`.
 *
 * @param error Anything but a {@link GcsFailure} comes back as it is.
 */
export function toGcsError(error: unknown, at: GcsAction): unknown {
  if (!(error instanceof GcsFailure)) {
    return error;
  }
  const { code, advice, retryable } = meaningOf(error, at);
  const what = at.path === '' ? 'the root' : JSON.stringify(at.path);
  const outcome = at.isChange && error.mayHaveHappened ? '; whether the change took effect is not known' : '';
  const where = `bucket ${JSON.stringify(at.bucket)} at ${at.url}`;
  const said = error.message.replace(/\.$/, '');
  const message = `cannot ${at.action} ${what} in ${where}: ${said}${advice === undefined ? '' : `; ${advice}`}${outcome}`;
  return new FileStoreError(code, message, { path: at.path, cause: error, retryable });
}

function meaningOf({ status, reason, isRetryable }: GcsFailure, { bucket }: GcsAction): Meaning {
  if (reason === 'damaged') {
    return status === 400
      ? { code: 'unavailable', advice: 'the contents were damaged on their way, and nothing was written; try again' }
      : { code: 'corrupt', advice: 'the contents do not have the checksum that they were stored with' };
  }
  if (status === undefined) {
    return connectionMeaning(reason, isRetryable);
  }
  switch (status) {
    case 400:
      return { code: 'invalid-argument', advice: 'the service refused the request' };
    case 401:
      return { code: 'permission-denied', advice: `the service did not accept the credentials; ${credentialsAdvice}` };
    case 403:
      if (retentionReasons.has(reason ?? '')) {
        return { code: 'permission-denied', advice: 'no role allows it before that ends' };
      }
      return {
        code: 'permission-denied',
        advice: 'give the account the role Storage Object User (roles/storage.objectUser) on the bucket',
      };
    case 404:
      return {
        code: 'unavailable',
        advice: `the bucket does not exist; create it (gcloud storage buckets create gs://${bucket}), or correct its name`,
        retryable: false,
      };
    case 408:
    case 504:
      return { code: 'timeout' };
    case 429:
      return { code: 'rate-limited', advice: 'write one object less often than once a second, or begin with fewer requests' };
    default:
      return status >= 500 ? { code: 'unavailable', advice: 'the service failed; try again later' } : { code: 'unknown' };
  }
}

/** Why a file may be neither replaced nor deleted, by whomsoever. @see https://cloud.google.com/storage/docs/json_api/v1/status-codes */
const retentionReasons: ReadonlySet<string> = new Set(['retentionPolicyNotMet', 'objectUnderActiveHold']);

const credentialsAdvice =
  'set GOOGLE_APPLICATION_CREDENTIALS to a key file, run "gcloud auth application-default login", or pass a `storage` with credentials';

function connectionMeaning(reason: string | undefined, isRetryable: boolean): Meaning {
  switch (reason) {
    case 'credentials':
      return { code: 'permission-denied', advice: credentialsAdvice };
    case 'silence':
      return { code: 'timeout', advice: 'check the network and the endpoint, or raise timeoutMs' };
    case 'protocol':
      return { code: 'unknown', advice: 'check that Google Cloud Storage answers at this address' };
    case undefined:
      return { code: 'unavailable', retryable: isRetryable };
    default:
      return {
        code: 'unavailable',
        advice: 'check the network, apiEndpoint and STORAGE_EMULATOR_HOST',
        retryable: isRetryable,
      };
  }
}
