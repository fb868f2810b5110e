import { isDeepStrictEqual } from 'node:util';
import { type ConversationMetadata, type ConversationMetadataInput, FileConversationStore } from '@oh/conversation-store';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { hasTombstone } from '@oh/file-store-core/tombstones';
import type { ImportParts } from './import-parts.ts';
import { readTarget } from './read-target.ts';

/** Makes the record of a conversation be at the target, unless a newer one is there. @throws {FileStoreError} `not-found` when it was deleted there. */
export async function importRecord(
  record: ConversationMetadataInput,
  userId: string | undefined,
  { to, toLayout, dryRun, report, signal }: ImportParts,
): Promise<void> {
  const store = new FileConversationStore({ files: to, layout: toLayout, userId });
  try {
    const present = await getOrMissing(store, record.conversation_id, signal);
    if (present !== undefined && !isOutdated(present, record)) {
      report.add('conversations', 'present');
      return;
    }
    if (!dryRun) {
      await save(store, record, signal);
    } else if (await hasTombstone(to, toLayout.conversationTombstone(record.conversation_id, userId), { signal })) {
      throw deletedError();
    }
    report.add('conversations', 'new');
  } finally {
    await store.close();
  }
}

/** @throws {FileStoreError} `not-found` when the conversation was deleted at the target. */
async function save(store: FileConversationStore, record: ConversationMetadataInput, signal: AbortSignal | undefined): Promise<void> {
  try {
    await store.saveMetadata(record, { signal });
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      throw deletedError(error);
    }
    throw error;
  }
}

function deletedError(cause?: unknown): FileStoreError {
  const message = 'it was deleted at the target, and stays so; "conversations export" and "conversations import" bring it back';
  return new FileStoreError('not-found', message, { cause });
}

async function getOrMissing(
  store: FileConversationStore,
  id: string,
  signal: AbortSignal | undefined,
): Promise<ConversationMetadata | undefined> {
  try {
    return await readTarget(() => store.getMetadata(id, { signal }));
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

/** Whether the record of the source is another one, and later. */
function isOutdated(present: ConversationMetadata, record: ConversationMetadataInput): boolean {
  const instants = [present, record].map(({ last_updated_at }) => Date.parse(String(last_updated_at ?? '')));
  const [there = 0, here = 0] = instants.map((instant) => (Number.isNaN(instant) ? 0 : instant));
  return here > there && !isDeepStrictEqual({ ...present }, { ...record });
}
