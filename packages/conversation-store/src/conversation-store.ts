import type { AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { ConversationFilter } from './conversation-filter.ts';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import type { MetadataVersion } from './metadata-history.ts';
import type { PruneOptions, PruneResult } from './prune.ts';

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
  /**
   * Whether the names of all conversations are compared with the index first, so that a first page has what other programs wrote before
   * this call, however many there are. Default: false, it is as {@link ConversationStore.search} says.
   */
  readonly refresh?: boolean | undefined;
  /** Only these conversations; the same for all pages of a search. Default: all. */
  readonly filter?: ConversationFilter | undefined;
}

/** Options of {@link ConversationStore.saveMetadata}. */
export interface SaveMetadataOptions extends AbortOptions {
  /**
   * Whether a conversation of the same id that was deleted is no obstacle. Default: false, it is `not-found`.
   *
   * While the deletion has not ended, the save is refused with `path-conflict`; one that was interrupted is waited for until a day after it began.
   */
  readonly recreate?: boolean | undefined;
}

/** A conversation whose record is there and cannot be read. */
export interface UnreadableConversation {
  /** The id of the conversation, which is the name of its directory. */
  readonly conversation_id: string;
  /** `corrupt`, or the code of what failed when the file was read, such as `permission-denied`; its message names the file and what is wrong with it. */
  readonly error: FileStoreError;
}

/** One page of {@link ConversationStore.search}. */
export interface ConversationPage {
  /** Newest first, by the instant of `created_at`; among equal instants by id. */
  readonly results: readonly ConversationMetadata[];
  /** The id of the next page; null on the last one. */
  readonly next_page_id: string | null;
  /** The records that cannot be read, by id: on the first page all that are known to be so, any other on the page where it stands. */
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
export interface ConversationStore extends AsyncDisposable {
  /**
   * Creates or replaces the record of a conversation; readers see the old one or the new one.
   *
   * Fields left out get their defaults, `created_at` and `title` those of the stored record, else the time of the call and
   * `Conversation {first five characters of the id}`. Stored fields that
   * this version does not know and `metadata` does not have are kept, also under concurrent saves; of the known fields the last
   * save wins. In a store opened for a user, `user_id` is filled in. A lone surrogate in a known field, such as half of an emoji, becomes U+FFFD.
   *
   * @returns The record as it is stored.
   * @throws {FileStoreError} `invalid-argument` when `metadata` is no valid record; `permission-denied` when it or the stored record
   *   is another user's; `corrupt` when the stored record cannot be read; `not-found` when the conversation was deleted, with `recreate`
   *   `path-conflict` while files of it are left, or others remove them.
   */
  saveMetadata(metadata: ConversationMetadataInput, options?: SaveMetadataOptions): Promise<ConversationMetadata>;

  /**
   * Replaces the record by what `update` makes of it, by compare-and-set: of concurrent updates none is lost.
   *
   * `update` is called again with the newer record when somebody else was faster, so it should do nothing else. Fields that it leaves out
   * are treated as by {@link ConversationStore.saveMetadata}.
   *
   * @returns The record as it is stored.
   * @throws {FileStoreError} `not-found`, also when the conversation was deleted; `corrupt` when the record cannot be read;
   *   `invalid-argument` when `update` gives no valid record, or one of another id; `permission-denied`. What `update` throws.
   */
  updateMetadata(
    id: string,
    update: (current: ConversationMetadata) => ConversationMetadataInput | Promise<ConversationMetadataInput>,
    options?: AbortOptions,
  ): Promise<ConversationMetadata>;

  /**
   * Names the replaced records of a conversation that are kept, the one replaced last first.
   *
   * @throws {FileStoreError} `not-found`; `corrupt` when the record cannot be read.
   */
  listVersions(id: string, options?: AbortOptions): Promise<readonly MetadataVersion[]>;

  /**
   * Reads a replaced record.
   *
   * @param version As {@link ConversationStore.listVersions} names it.
   * @throws {FileStoreError} `not-found`, also when the version is no longer kept; `corrupt`; `invalid-argument`.
   */
  getVersion(id: string, version: string, options?: AbortOptions): Promise<ConversationMetadata>;

  /**
   * Puts a replaced record back, with every field that it had; the present one is kept as the latest version, where versions are kept.
   *
   * @returns The record as it is stored.
   * @throws {FileStoreError} As {@link ConversationStore.getVersion}; `permission-denied`.
   */
  restoreVersion(id: string, version: string, options?: AbortOptions): Promise<ConversationMetadata>;

  /**
   * Reads the record of a conversation.
   *
   * @throws {FileStoreError} `not-found`; `corrupt` when the record cannot be read.
   */
  getMetadata(id: string, options?: AbortOptions): Promise<ConversationMetadata>;

  /**
   * Deletes a whole conversation: the record, the events and everything else in its directories. What is missing is no error.
   *
   * From the first moment on the conversation does not exist, and nothing is saved for it any more: a small file outside its directories
   * says so and stays. After a failure the call can be repeated. A record that cannot be read is deleted too, unless the
   * store is opened for a user and the record, kept in one directory with those of others, does not say that it is the user's.
   *
   * Where there is no room for that small file, the events and all else go first, the record only if that made none.
   *
   * @throws {FileStoreError} `permission-denied` when the conversation is not the user's; `timeout` when it takes half a day; `no-space` when nothing of it is left
   *   and there still was no room for the small file: then whoever is late may save the conversation anew.
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
   * @throws {FileStoreError} What is not about one record, such as `unavailable`.
   */
  getAllMetadata(ids: readonly string[], options?: AbortOptions): Promise<ConversationBatch>;

  /**
   * Reads a page of the conversations, newest first. No conversation is too old to be found.
   *
   * A page reads its own records and a few files of an index, which is kept in the store. What is saved and deleted here is in the index at
   * once. What other programs write is found by comparing names: for every first page up to 1,000 conversations, beyond that in the background of a
   * first page, at most once a minute and 5 ms more for each conversation. While more than 1,000 conversations are not in the index, every
   * record is read. A title, or instants of change, in the filter read the record of every conversation that the rest of it lets through.
   *
   * A page continues behind the last record of the page before: what is created or deleted meanwhile neither repeats nor skips
   * others. A record that cannot be read, damaged or closed to this process, is named in `unreadable` and hides no other; what is not
   * about one record, such as `unavailable`, is thrown.
   *
   * @throws {FileStoreError} `invalid-argument` for a page id that no search gave, a limit out of range, or a filter that is none.
   */
  search(options?: ConversationSearchOptions): Promise<ConversationPage>;

  /**
   * Deletes the conversations that have not changed since an instant, as {@link ConversationStore.deleteMetadata} does.
   *
   * A conversation that is changed while this runs stays. After a failure or an abort the call can be repeated, and several may run at once.
   *
   * One that cannot be deleted, such as for files of another user of the computer, keeps no other from going; what kept it is thrown in the end.
   *
   * @throws {FileStoreError} `invalid-argument` for options out of range; what kept the first one that could not be deleted.
   */
  prune(options: PruneOptions): Promise<PruneResult>;

  /** Ends what searches began in the background; more than once is no error. The file store stays open. */
  close(): Promise<void>;
}
