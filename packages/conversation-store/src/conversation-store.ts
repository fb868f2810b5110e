import type { AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';

/** Records on a page of {@link ConversationStore.search} when no limit is given. */
export const defaultSearchLimit = 20;

/** Most records on a page of {@link ConversationStore.search}. */
export const maxSearchLimit = 1000;

/** Options of {@link ConversationStore.search}. */
export interface ConversationSearchOptions extends AbortOptions {
  /** The `next_page_id` of the page before. Default, also for null: the first page. */
  readonly pageId?: string | null | undefined;
  /** Most records on the page, 1 to {@link maxSearchLimit}. Default: {@link defaultSearchLimit}. */
  readonly limit?: number | undefined;
}

/** A conversation whose record is there and cannot be read. */
export interface UnreadableConversation {
  /** The id of the conversation, which is the name of its directory. */
  readonly conversation_id: string;
  /** `corrupt`; its message names the file and what is wrong with it. */
  readonly error: FileStoreError;
}

/** One page of {@link ConversationStore.search}. */
export interface ConversationPage {
  /** Newest first, by the instant of `created_at`; among equal instants by id. */
  readonly results: readonly ConversationMetadata[];
  /** The id of the next page; null on the last one. */
  readonly next_page_id: string | null;
  /** Every record that cannot be read, by id; on the first page only, empty on the others. */
  readonly unreadable: readonly UnreadableConversation[];
}

/** What {@link ConversationStore.getAllMetadata} found; each part in the order of the ids asked for. */
export interface ConversationBatch {
  /** The records found. */
  readonly results: readonly ConversationMetadata[];
  /** Ids without a conversation. */
  readonly missing: readonly string[];
  /** Conversations whose record is there and cannot be read. */
  readonly unreadable: readonly UnreadableConversation[];
}

/**
 * The conversations of one user, or of an installation with one user.
 *
 * In a store opened for a user, the conversations of others do not exist: they are `not-found` and in no result, and changing or
 * deleting them is `permission-denied`.
 *
 * Every method checks ids before any I/O (`invalid-argument`), rejects with `signal.reason` on abort, and may fail with what reading and
 * writing files throws. A failure to read is never taken for a missing conversation, and nothing is written over a record that
 * cannot be read.
 */
export interface ConversationStore {
  /**
   * Creates or replaces the record of a conversation; readers see the old one or the new one.
   *
   * Fields left out get their defaults, `created_at` that of the stored record, else the time of the call. Stored fields that
   * this version does not know and `metadata` does not have are kept, also under concurrent saves; of the known fields the last
   * save wins. In a store opened for a user, `user_id` is filled in.
   *
   * @returns The record as it is stored.
   * @throws {FileStoreError} `invalid-argument` when `metadata` is no valid record; `permission-denied` when it or the stored record
   *   is another user's; `corrupt` when the stored record cannot be read.
   */
  saveMetadata(metadata: ConversationMetadataInput, options?: AbortOptions): Promise<ConversationMetadata>;

  /**
   * Reads the record of a conversation.
   *
   * @throws {FileStoreError} `not-found`; `corrupt` when the record cannot be read.
   */
  getMetadata(id: string, options?: AbortOptions): Promise<ConversationMetadata>;

  /**
   * Deletes a whole conversation: the record, the events and everything else in its directories. What is missing is no error.
   *
   * The record goes last, so that after a failure the call can be repeated. A record that cannot be read is deleted too, unless the
   * store is opened for a user and the record, kept in one directory with those of others, does not say that it is the user's.
   *
   * @throws {FileStoreError} `permission-denied` when the conversation is not the user's.
   */
  deleteMetadata(id: string, options?: AbortOptions): Promise<void>;

  /** Whether the conversation has a record; one that cannot be read is one. */
  exists(id: string, options?: AbortOptions): Promise<boolean>;

  /**
   * Whether the conversation is this user's; one of nobody's is not.
   *
   * @throws {FileStoreError} `not-found`; `corrupt` when the record cannot be read.
   */
  validateMetadata(id: string, userId: string, options?: AbortOptions): Promise<boolean>;

  /**
   * Reads many records at once; those missing or unreadable do not hide the others.
   *
   * @throws {FileStoreError} What is not about one record, such as `permission-denied` or `unavailable`.
   */
  getAllMetadata(ids: readonly string[], options?: AbortOptions): Promise<ConversationBatch>;

  /**
   * Reads a page of the conversations, newest first. No conversation is too old to be found.
   *
   * A page continues behind the last record of the page before: what is created or deleted meanwhile neither repeats nor skips
   * others.
   *
   * @throws {FileStoreError} `invalid-argument` for a page id that no search gave, or a limit out of range.
   */
  search(options?: ConversationSearchOptions): Promise<ConversationPage>;
}
