import { homeLayout, parseId, type StorageLayout } from '@oh/file-store-core';

/** Whose events they are, and where they lie. */
export interface EventAddress {
  readonly conversationId: string;
  /** The file with all events; `undefined` where every event has a file of its own. */
  readonly file: string | undefined;
  /** The directory of the events that do not lie in {@link file}. */
  readonly directory: string;
  /** The file that says that the conversation was deleted. */
  readonly tombstone: string;
}

/** @throws {FileStoreError} `invalid-argument` for an id that cannot be a part of a path. */
export function eventAddress(conversationId: string, userId: string | undefined, layout: StorageLayout = homeLayout): EventAddress {
  return {
    conversationId: parseId(conversationId, 'conversation'),
    file: layout.eventLog(conversationId, userId),
    directory: layout.eventDirectory(conversationId, userId),
    tombstone: layout.conversationTombstone(conversationId, userId),
  };
}
