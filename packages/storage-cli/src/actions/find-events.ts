import type { EventStore } from '@oh/event-store';
import { hasErrorCode } from '@oh/file-store-core';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import type { StorageAccess, StoreOptions } from '../storage/store-options.ts';
import { noConversationError } from './no-conversation-error.ts';

/**
 * Opens the events of a conversation that is there to read them: it has a record, or at least an event.
 *
 * @throws {FileStoreError} `not-found`.
 */
export async function findEvents(context: CliContext, id: string, options: StoreOptions): Promise<EventStore> {
  const { signal } = context;
  const storage = await context.openStorage(options);
  const owner = await findOwner(storage, id, signal);
  const events = (await openForOwner(context, storage, owner, options)).events(id);
  if (owner === undefined && (await events.latestId({ signal })) === null) {
    throw noConversationError(id);
  }
  return events;
}

/**
 * The storage with the events of a conversation: where the records of all users lie in one directory, their events do not.
 *
 * @param owner Whose the conversation is, as its record says.
 * @param access As `storage` was opened, which is closed when another one is needed.
 */
export async function openForOwner(
  context: CliContext,
  storage: Storage,
  owner: string | null | undefined,
  options: StoreOptions,
  access: StorageAccess = 'read',
): Promise<Storage> {
  if (storage.userId !== undefined || !owner || !storage.layout.usersShareConversations) {
    return storage;
  }
  await storage.close();
  return await context.openStorage({ ...options, user: owner }, access);
}

/** Null is nobody, or somebody whom a damaged record does not tell; `undefined`: there is no record. */
async function findOwner({ conversations }: Storage, id: string, signal: AbortSignal): Promise<string | null | undefined> {
  try {
    return (await conversations.getMetadata(id, { signal })).user_id;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    if (hasErrorCode(error, 'corrupt')) {
      return null;
    }
    throw error;
  }
}
