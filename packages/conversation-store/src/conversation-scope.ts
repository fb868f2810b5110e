import { isId, parseId, type StorageLayout } from '@oh/file-store-core';
import type { ConversationRecord, RecordAddress } from './conversation-record.ts';

/** What has an owner: a record, or what is left of it. */
export interface Owned {
  /** Whose it is; nobody's when `undefined`. */
  readonly owner: string | undefined;
}

/**
 * Where the conversations of a store lie and, when it is opened for a user, which of them are the user's.
 *
 * Where the layout keeps the records of all users in one directory, a record is the user's when its `user_id` says so. Where every user
 * has a directory, a record within it that names nobody is the user's too.
 */
export class ConversationScope {
  /** The user the store is opened for; `undefined`: it is opened for everything in its directory. */
  readonly userId: string | undefined;
  readonly #layout: StorageLayout;

  /** @throws {FileStoreError} `invalid-argument` when the user's id cannot be a part of a path. */
  constructor(layout: StorageLayout, userId: string | undefined) {
    this.userId = userId === undefined ? undefined : parseId(userId, 'user');
    this.#layout = layout;
  }

  /** The directory whose children are the conversations. */
  get directory(): string {
    return this.#layout.conversations(this.userId);
  }

  /** @throws {FileStoreError} `invalid-argument` when `id` cannot be a part of a path. */
  addressOf(id: string): RecordAddress {
    return { id, path: this.#layout.conversationMetadata(id, this.userId) };
  }

  /** The file that says that a conversation was deleted. */
  tombstoneOf(id: string): string {
    return this.#layout.conversationTombstone(id, this.userId);
  }

  /** The directory of what is known of all conversations in {@link directory}, whosever they are. */
  get bookkeeping(): string {
    return this.#layout.conversationIndex(this.#layout.usersShareConversations ? undefined : this.userId);
  }

  /** The directory of the list that the searches of this store go through. */
  get list(): string {
    return listOf(this.#layout.conversationIndex(this.userId));
  }

  /** The directories of all lists that have the conversations of an owner: where all users share a directory, also that of the owner. */
  listsOf({ owner }: Owned): readonly string[] {
    const all = listOf(this.bookkeeping);
    return this.#layout.usersShareConversations && isId(owner) ? [all, listOf(this.#layout.conversationIndex(owner))] : [all];
  }

  /** The id of the conversation that a path of {@link directory}'s listing may be; `undefined` when it is none. */
  idOf(listed: string): string | undefined {
    const id = listed.endsWith('/') ? listed.slice(listed.lastIndexOf('/', listed.length - 2) + 1, -1) : '';
    return isId(id) ? id : undefined;
  }

  /** Whether the user may change and delete what has this owner. */
  owns({ owner }: Owned): boolean {
    return this.userId === undefined || owner === this.userId || (owner === undefined && !this.#layout.usersShareConversations);
  }

  /** Whether the record exists for the user. One whose owner cannot be read does, so that the damage is seen. */
  sees(record: ConversationRecord): boolean {
    return this.owns(record) || (record.kind === 'unreadable' && record.owner === undefined);
  }

  /**
   * What a deletion removes, in this order, the record last.
   *
   * @param record The record of the conversation, or its tombstone; `undefined` when there is neither: then what other users share is
   *   left alone.
   */
  directoriesOf({ id, path }: RecordAddress, record: Owned | undefined): readonly string[] {
    const owner = this.#layout.usersShareConversations ? (record?.owner ?? this.userId) : this.userId;
    const directories = this.#layout.conversationDirectories(id, owner);
    const isForeign = record === undefined && this.#layout.usersShareConversations && this.userId !== undefined;
    return isForeign ? directories.filter((directory) => !path.startsWith(`${directory}/`)) : directories;
  }
}

function listOf(index: string): string {
  return `${index}/created`;
}
