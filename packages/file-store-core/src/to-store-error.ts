import { FileStoreError } from './file-store-error.ts';
import { isError } from './is-error.ts';

/** What a caller gets for what a driver threw: a `FileStoreError` as it is, the reason of an abort, anything else as `unknown`. */
export function toStoreError(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof FileStoreError) {
    return error;
  }
  if (signal?.aborted === true && (error === signal.reason || (isError(error) && error.name === 'AbortError'))) {
    return signal.reason;
  }
  const reason = isError(error) ? error.message : 'a driver threw something that is no Error';
  return new FileStoreError('unknown', `${JSON.stringify(path)}: ${reason}`, { path, cause: error });
}
