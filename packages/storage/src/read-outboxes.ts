import { type AbortOptions, type FileStore, type FileStoreError, hasErrorCode, withPrefix } from '@oh/file-store-core';
import { toMissingPackage } from './missing-package.ts';
import { outboxDirectory } from './open-web-hook.ts';

/** A notice of a webhook that is kept in an outbox. */
export interface OutboxNotice {
  /** Its `webhook-id`, or the one that it would have outside of a batch. */
  readonly id: string;
  /** What was changed. */
  readonly path: string;
  readonly method: 'POST' | 'DELETE';
  /** Attempts that have failed. */
  readonly failedAttempts: number;
}

/** What an outbox holds. */
export interface OutboxInfo {
  /** Whose it is, see `OpenStorageOptions.instance`. */
  readonly instance: string;
  /** What waits to be delivered, in the order of the changes. */
  readonly pending: readonly WaitingNotice[];
  /** What could not be delivered and was given up, from the oldest on, with the reason: `HTTP 500`, or the code of an error. */
  readonly deadLetters: readonly DeadNotice[];
  /** `corrupt`: why it cannot be read, or not to its end; `pending` and `deadLetters` have what could be. `undefined` where all was. */
  readonly error: FileStoreError | undefined;
}

/** A notice that waits to be delivered, with what went wrong the last time; `undefined` before the attempts in quick succession have failed. */
type WaitingNotice = OutboxNotice & { readonly lastFailure: string | undefined };

/** A notice that could not be delivered and was given up. */
type DeadNotice = OutboxNotice & { readonly reason: string; readonly diedAt: Date };

/**
 * Looks into all outboxes of webhooks in a store, whoever has them open: nothing is changed. One that is damaged hides no other.
 *
 * @throws {FileStoreError} `unsupported` when `@oh/file-store-webhook` is not installed; what the store throws.
 */
export async function readOutboxes(files: FileStore, { signal }: AbortOptions = {}): Promise<readonly OutboxInfo[]> {
  const infos: OutboxInfo[] = [];
  for await (const { kind, path } of files.entries(outboxDirectory, { signal })) {
    if (kind === 'directory') {
      const directory = path.replace(/\/$/, '');
      const outbox = await readOne(withPrefix(files, directory), { signal });
      infos.push({ instance: directory.slice(outboxDirectory.length + 1), ...outbox });
    }
  }
  return infos;
}

async function readOne(outbox: FileStore, options: AbortOptions): Promise<Omit<OutboxInfo, 'instance'>> {
  const { readOutbox } = await importWebHook();
  let pending: readonly WaitingNotice[] = [];
  const deadLetters: DeadNotice[] = [];
  try {
    const contents = await readOutbox(outbox, options);
    ({ pending } = contents);
    for await (const letter of contents.deadLetters) {
      deadLetters.push(letter);
    }
    return { pending, deadLetters, error: undefined };
  } catch (error) {
    if (hasErrorCode(error, 'corrupt')) {
      return { pending, deadLetters, error };
    }
    throw error;
  }
}

async function importWebHook() {
  try {
    return await import('@oh/file-store-webhook');
  } catch (error) {
    throw toMissingPackage(error, 'an outbox', '@oh/file-store-webhook');
  }
}
