import assert from 'node:assert/strict';
import { FileStoreError, type FileStoreErrorCode } from '../file-store-error.ts';

/** Fails unless `promise` rejects with a `FileStoreError` of this code, whose message leads with the code. */
export async function expectError(promise: Promise<unknown>, code: FileStoreErrorCode, hint = ''): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, `expected ${code}, but it succeeded ${hint}`);
  assert.ok(error instanceof FileStoreError, `expected a FileStoreError ${code}, got ${String(error)} ${hint}`);
  assert.equal(error.code, code, `${error.message} ${hint}`);
  assert.ok(error.message.startsWith(`[${code}] `), `the message does not lead with its code: ${error.message}`);
}
