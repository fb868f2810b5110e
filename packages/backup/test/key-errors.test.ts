import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import type { BackupKey } from '../src/backup-key.ts';
import { BackupRepository } from '../src/backup-repository.ts';
import { readTree, storeOf } from './file-tree.ts';
import { fixedKey } from './fixed-key.ts';

const secret = 'https://kms.example/?token=s3cr3t';

/** A key management service that answers with an error. */
function failing(which: 'wrap' | 'unwrap', fail: () => never): BackupKey {
  return { ...fixedKey(), [which]: fail };
}

async function errorOf(promise: Promise<unknown>): Promise<FileStoreError> {
  return await promise.then(
    () => expect.unreachable(),
    (error: FileStoreError) => error,
  );
}

describe.each(['wrap', 'unwrap'] as const)('a key whose %s fails', (which) => {
  /** What opens, or makes, a repository with the key. */
  async function use(fail: () => never, signal?: AbortSignal) {
    const files = new MemoryFileStore();
    if (which === 'unwrap') {
      await new BackupRepository({ files, key: fixedKey() }).create(await storeOf({ a: 'x' }));
    }
    const before = await readTree(files);
    const error = await errorOf(new BackupRepository({ files, key: failing(which, fail) }).create(await storeOf({ b: 'y' }), { signal }));
    expect(await readTree(files)).toEqual(before);
    return error;
  }

  it('gives an error without what the service said, which is its cause', async () => {
    const cause = new Error(`connect ECONNREFUSED ${secret}`);
    for (const thrown of [cause, secret]) {
      const error = await use(() => {
        throw thrown;
      });
      expect(error).toBeInstanceOf(FileStoreError);
      expect(error).toMatchObject({ code: 'unknown', path: 'repository.json', retryable: false, cause: thrown });
      expect(error.message).toBe('[unknown] "fixed", which protects the repository, has failed; see the cause');
    }
  });

  it('gives its own errors, and the reason of an abort', async () => {
    const own = new FileStoreError('unavailable', 'the service does not answer');
    expect(
      await use(() => {
        throw own;
      }),
    ).toBe(own);
    const abort = new AbortController();
    const reason = new Error('stop');
    const error = await use(() => {
      abort.abort(reason);
      throw new Error('interrupted');
    }, abort.signal);
    expect(error).toBe(reason);
  });
});
