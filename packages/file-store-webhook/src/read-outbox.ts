import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { DeadLetter } from './dead-letter.ts';
import { noticeBytes, noticeMethod } from './notice.ts';
import { OutboxDeadLetters } from './outbox-dead-letters.ts';
import { readOutboxLog } from './outbox-files.ts';
import { OutboxState } from './outbox-state.ts';

/** A notice that waits to be delivered. */
export interface PendingNotice {
  /** Its `webhook-id`, or the one that it would have outside of a batch. */
  readonly id: string;
  readonly path: string;
  readonly method: 'POST' | 'DELETE';
  /** Bytes of the contents that are kept with it. */
  readonly bytes: number;
  /** Attempts that have failed. */
  readonly failedAttempts: number;
  /** What went wrong the last time: `HTTP 500`, or the code of an error; `undefined` before the quick attempts are over. */
  readonly lastFailure: string | undefined;
}

/** What an outbox holds. */
export interface OutboxContents {
  /** In the order of the changes. While the change itself is being made, its notice is here already. */
  readonly pending: readonly PendingNotice[];
  /** From the oldest on. @throws {FileStoreError} `corrupt` for a letter that cannot be read, after all the others. */
  readonly deadLetters: AsyncIterable<DeadLetter>;
}

/**
 * Looks into an outbox, whoever has it open: nothing in it is changed, and it is not taken over.
 *
 * @param outbox The store that was given as `outbox`, or the same part of one.
 * @throws {FileStoreError} `corrupt` when it cannot be read; what the store throws.
 */
export async function readOutbox(outbox: FileStore, options: AbortOptions = {}): Promise<OutboxContents> {
  const state = new OutboxState();
  for (const record of await readOutboxLog(outbox, options)) {
    state.apply(record);
  }
  const pending = state.notices.map((kept) => ({
    id: kept.id,
    path: kept.path,
    method: noticeMethod(kept),
    bytes: noticeBytes(kept),
    failedAttempts: kept.failedAttempts,
    lastFailure: kept.lastFailure,
  }));
  return { pending, deadLetters: listLetters(outbox, options) };
}

async function* listLetters(outbox: FileStore, { signal }: AbortOptions): AsyncGenerator<DeadLetter, void, undefined> {
  for await (const { letter } of new OutboxDeadLetters(outbox, () => undefined).list(signal)) {
    yield letter;
  }
}
