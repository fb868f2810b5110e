import { type AbortOptions, type FileStore, FileStoreError, homeLayout, type StorageLayout } from '@oh/file-store-core';
import { noConversationError } from './conversation-errors.ts';
import { ConversationIndex } from './conversation-index.ts';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import { ConversationReader } from './conversation-reader.ts';
import type { ConversationRecord, ReadableRecord, RecordAddress, UnreadableRecord } from './conversation-record.ts';
import { ConversationRemover } from './conversation-remover.ts';
import { ConversationScope } from './conversation-scope.ts';
import { ConversationSearch } from './conversation-search.ts';
import {
  type ConversationBatch,
  type ConversationPage,
  type ConversationSearchOptions,
  type ConversationStore,
  maxSearchLimit,
  type SaveMetadataOptions,
  type UnreadableConversation,
} from './conversation-store.ts';
import { ConversationWriter } from './conversation-writer.ts';
import { IndexComparison } from './index-comparison.ts';
import { IndexKeeper } from './index-keeper.ts';
import { IndexedPages } from './indexed-pages.ts';
import { MetadataHistory, type MetadataVersion } from './metadata-history.ts';
import { PendingDeletions } from './pending-deletions.ts';
import { type PrunedStore, type PruneOptions, type PruneResult, pruneConversations } from './prune.ts';
import { Tombstones } from './tombstones.ts';

/** Options of {@link FileConversationStore}. */
export interface FileConversationStoreOptions {
  /** Where the conversations are kept; the caller opens and closes it. */
  readonly files: FileStore;
  /** Where they lie in it. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose conversations alone are there. Default: none, everything in the directory without user. */
  readonly userId?: string | undefined;
  /** How many replaced records of each conversation are kept, for `listVersions` and `restoreVersion`; up to 1000. Default: 0. */
  readonly history?: number | undefined;
  /** The clock of `created_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

const maxHistory = 1000;

/** A {@link ConversationStore} in a file store: a directory for each conversation, its record in `metadata.json`. */
export class FileConversationStore implements ConversationStore {
  readonly #scope: ConversationScope;
  readonly #history: MetadataHistory;
  readonly #reader: ConversationReader;
  readonly #writer: ConversationWriter;
  readonly #remover: ConversationRemover;
  readonly #keeper: IndexKeeper;
  readonly #search: ConversationSearch;

  /** @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path, or `history` is out of range. */
  constructor(options: FileConversationStoreOptions) {
    const { files, layout = homeLayout, userId, history = 0, now = () => new Date() } = options;
    if (!(Number.isInteger(history) && history >= 0 && history <= maxHistory)) {
      throw new FileStoreError('invalid-argument', `history is a whole number from 0 to ${maxHistory}`);
    }
    const scope = new ConversationScope(layout, userId);
    const tombstones = new Tombstones(files, scope, now);
    const reader = new ConversationReader(files, scope, tombstones);
    const index = new ConversationIndex(files, scope);
    const pending = new PendingDeletions(files, scope, now);
    const comparison = new IndexComparison({ scope, reader, index, tombstones });
    this.#scope = scope;
    this.#history = new MetadataHistory(files, history);
    this.#reader = reader;
    this.#writer = new ConversationWriter({ files, scope, tombstones, index, history: this.#history, now });
    this.#remover = new ConversationRemover({ files, scope, tombstones, index, pending, reader });
    this.#keeper = new IndexKeeper({ files, scope, comparison, now });
    this.#search = new ConversationSearch({
      reader,
      pages: new IndexedPages({ scope, reader, index, pending, tombstones, now }),
      keeper: this.#keeper,
    });
  }

  async saveMetadata(metadata: ConversationMetadataInput, options: SaveMetadataOptions = {}): Promise<ConversationMetadata> {
    const { recreate = false, signal } = options;
    return await this.#writer.save(metadata, { signal }, async (address) => {
      if (recreate) {
        await this.#remover.permit(address, { signal });
      }
    });
  }

  async updateMetadata(
    id: string,
    update: (current: ConversationMetadata) => ConversationMetadataInput | Promise<ConversationMetadataInput>,
    options: AbortOptions = {},
  ): Promise<ConversationMetadata> {
    return await this.#writer.update(this.#scope.addressOf(id), update, options);
  }

  async getMetadata(id: string, options: AbortOptions = {}): Promise<ConversationMetadata> {
    return await this.#get(this.#scope.addressOf(id), options);
  }

  async listVersions(id: string, options: AbortOptions = {}): Promise<readonly MetadataVersion[]> {
    const address = this.#scope.addressOf(id);
    await this.#get(address, options);
    return await this.#history.list(address, options);
  }

  async getVersion(id: string, version: string, options: AbortOptions = {}): Promise<ConversationMetadata> {
    return (await this.#getVersion(this.#scope.addressOf(id), version, options)).metadata;
  }

  async restoreVersion(id: string, version: string, options: AbortOptions = {}): Promise<ConversationMetadata> {
    const address = this.#scope.addressOf(id);
    return await this.#writer.restore(address, await this.#getVersion(address, version, options), options);
  }

  async deleteMetadata(id: string, options: AbortOptions = {}): Promise<void> {
    await this.#remover.delete(this.#scope.addressOf(id), options);
  }

  async exists(id: string, options: AbortOptions = {}): Promise<boolean> {
    return (await this.#reader.find(id, options)) !== undefined;
  }

  async validateMetadata(id: string, userId: string, options: AbortOptions = {}): Promise<boolean> {
    const { user_id } = await this.getMetadata(id, options);
    return user_id !== null && user_id !== '' && user_id === userId;
  }

  async getAllMetadata(ids: readonly string[], options: AbortOptions = {}): Promise<ConversationBatch> {
    for (const id of ids) {
      this.#scope.addressOf(id);
    }
    const records = new Map<string, ConversationRecord>();
    await this.#reader.findAll([...new Set(ids)], options, (id, record) => records.set(id, record));
    const found = ids.map((id) => ({ id, record: records.get(id) }));
    return {
      results: found.flatMap(({ record }) => (record?.kind === 'readable' ? record.metadata : [])),
      missing: found.flatMap(({ id, record }) => (record === undefined ? id : [])),
      unreadable: found.flatMap(({ id, record }) => (record?.kind === 'unreadable' ? toUnreadable(id, record) : [])),
    };
  }

  async search(options: ConversationSearchOptions = {}): Promise<ConversationPage> {
    return await this.#search.page(options);
  }

  async prune(options: PruneOptions): Promise<PruneResult> {
    const store: PrunedStore = {
      endDeletions: (isExpired, onFailure, { signal }) => this.#remover.endDeletions(isExpired, onFailure, { signal }),
      prepare: ({ signal }) => this.#keeper.complete({ signal }),
      search: (pageId, { signal }) => this.#search.page({ pageId, limit: maxSearchLimit, signal }),
      deleteExpired: (id, isExpired, { signal }) => this.#remover.deleteExpired(this.#scope.addressOf(id), isExpired, { signal }),
    };
    return await pruneConversations(store, options);
  }

  /** What a search has begun in the background and not ended, `undefined` when there is nothing; it never rejects. */
  get background(): Promise<void> | undefined {
    return this.#keeper.background;
  }

  async close(): Promise<void> {
    await this.#keeper.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #getVersion(address: RecordAddress, version: string, options: AbortOptions): Promise<ReadableRecord> {
    this.#history.checkName(version);
    await this.#get(address, options);
    const record = await this.#history.read(address, version, options);
    if (!this.#scope.sees(record)) {
      throw new FileStoreError('not-found', `no such version of conversation "${address.id}"`, { path: address.path });
    }
    return toReadable(record);
  }

  async #get(address: RecordAddress, options: AbortOptions): Promise<ConversationMetadata> {
    const record = await this.#reader.find(address.id, options);
    if (record === undefined) {
      throw noConversationError(address);
    }
    return toReadable(record).metadata;
  }
}

/** @throws {FileStoreError} `corrupt`. */
function toReadable(record: ConversationRecord): ReadableRecord {
  if (record.kind === 'unreadable') {
    throw record.error;
  }
  return record;
}

function toUnreadable(id: string, { error }: UnreadableRecord): UnreadableConversation {
  return { conversation_id: id, error };
}
