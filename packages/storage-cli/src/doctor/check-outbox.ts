import { FileStoreError } from '@oh/file-store-core';
import { type OutboxInfo, outboxDirectory, readOutboxes } from '@oh/storage';
import { formatCount } from '../format-count.ts';
import type { DoctorParts } from './doctor-parts.ts';

/** Finds outboxes that are damaged, and notices in them that wait, or were given up. */
export async function checkOutbox(parts: DoctorParts): Promise<void> {
  for (const { instance, pending, deadLetters, error } of await findOutboxes(parts)) {
    const path = `${outboxDirectory}/${instance}`;
    if (error !== undefined) {
      await parts.report({
        severity: 'error',
        check: 'outbox',
        path,
        message: error.message,
        advice: 'bring it back from a backup, or delete the outbox and tell the receiver to look at everything anew',
      });
    }
    if (pending.length > 0) {
      const failure = pending.find(({ lastFailure }) => lastFailure !== undefined)?.lastFailure;
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path,
        message: `${formatCount(pending.length, 'notice')} to a webhook left to deliver${failure === undefined ? '' : `; the last attempt: ${failure}`}`,
        advice: 'see that the server of that name runs, which delivers them, and that the receiver takes them',
      });
    }
    if (deadLetters.length > 0) {
      await parts.report({
        severity: 'warning',
        check: 'outbox',
        path: `${path}/dead-letters`,
        message: `${formatCount(deadLetters.length, 'notice')} given up, since the receiver would not take them`,
        advice: 'find out why it would not, then replay them',
      });
    }
  }
}

async function findOutboxes({ files, report, signal }: DoctorParts): Promise<readonly OutboxInfo[]> {
  try {
    return await readOutboxes(files, { signal });
  } catch (error) {
    if (!(error instanceof FileStoreError) || error.code !== 'unsupported') {
      throw error;
    }
    await report({ severity: 'info', check: 'outbox', path: outboxDirectory, message: 'not looked at', advice: error.reason });
    return [];
  }
}
