import { randomUUID } from 'node:crypto';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { DoctorParts } from './doctor-parts.ts';

/** Tries on a bucket what the stores rely upon, with one small file that is deleted again. */
export async function checkServer({ writable, directory, report, signal }: DoctorParts): Promise<void> {
  if (directory !== undefined) {
    return;
  }
  const path = `.oh-doctor/${randomUUID()}`;
  try {
    const { version } = await writable.write(path, 'x', { ifAbsent: true, signal });
    await expectLoss('already-exists', () => writable.write(path, 'y', { ifAbsent: true, signal }));
    await writable.write(path, 'z', { ifVersion: version, signal });
    await expectLoss('version-mismatch', () => writable.write(path, 'y', { ifVersion: version, signal }));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof FileStoreError)) {
      throw error;
    }
    const advice = hasErrorCode(error, 'unsupported')
      ? 'changes of several programs at once may be lost: use a server that holds conditions, or one program only'
      : 'see whether the credentials may write to the bucket';
    await report({ severity: 'error', check: 'server', path: '', message: error.message, advice });
  } finally {
    await writable.delete(path, { signal }).catch(() => undefined);
  }
  if (writable.capabilities.conditionalDelete === false) {
    const message = 'this server cannot delete a file in one version only';
    await report({
      severity: 'info',
      check: 'server',
      path: '',
      message,
      advice: 'what is written in the moment before a deletion goes with it',
    });
  }
}

async function expectLoss(code: 'already-exists' | 'version-mismatch', action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (hasErrorCode(error, code)) {
      return;
    }
    throw error;
  }
  throw new FileStoreError('unsupported', `conditions do not hold on this server: a write that had to lose with ${code} did not`);
}
