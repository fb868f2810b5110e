import { type AbortOptions, type FileStore, FileStoreError, homeLayout, type StorageLayout, updateFile } from '@oh/file-store-core';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import { ConversationReader } from './conversation-reader.ts';
import {
  type ConversationRecord,
  parseRecord,
  type ReadableRecord,
  type RecordAddress,
  type UnreadableRecord,
} from './conversation-record.ts';
import { ConversationScope } from './conversation-scope.ts';
import {
  type ConversationBatch,
  type ConversationPage,
  type ConversationSearchOptions,
  type ConversationStore,
  defaultSearchLimit,
  maxSearchLimit,
  type UnreadableConversation,
} from './conversation-store.ts';
import { type MetadataDraft, mergeDraft, parseDraft } from './metadata-draft.ts';
import { NewestPage } from './newest-page.ts';
import { decodePageId } from './page-id.ts';
import { serializeMetadata } from './serialize-metadata.ts';

/** Options of {@link FileConversationStore}. */
export interface FileConversationStoreOptions {
  /** Where the conversations are kept; the caller opens and closes it. */
  readonly files: FileStore;
  /** Where they lie in it. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose conversations alone are there. Default: none, everything in the directory without user. */
  readonly userId?: string | undefined;
  /** The clock of `created_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/** A {@link ConversationStore} in a file store: a directory for each conversation, its record in `metadata.json`. */
export class FileConversationStore implements ConversationStore {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;
  readonly #reader: ConversationReader;
  readonly #now: () => Date;

  /** @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path. */
  constructor(options: FileConversationStoreOptions) {
    const { files, layout = homeLayout, userId, now = () => new Date() } = options;
    this.#files = files;
    this.#scope = new ConversationScope(layout, userId);
    this.#reader = new ConversationReader(files, this.#scope);
    this.#now = now;
  }

  async saveMetadata(metadata: ConversationMetadataInput, options: AbortOptions = {}): Promise<ConversationMetadata> {
    const address = this.#scope.addressOf(metadata.conversation_id);
    const draft = this.#claim(parseDraft(metadata, this.#now()), address);
    let saved = draft.metadata;
    const replace = (current: string | undefined): string => {
      const stored = current === undefined ? undefined : this.#replaceable(parseRecord(current, address), address);
      const merged = mergeDraft(draft, stored);
      saved = merged.metadata;
      return serializeMetadata(merged.metadata, merged.unknownFields);
    };
    await updateFile(this.#files, address.path, replace, { signal: options.signal });
    return saved;
  }

  async getMetadata(id: string, options: AbortOptions = {}): Promise<ConversationMetadata> {
    const record = await this.#reader.find(id, options);
    if (record === undefined) {
      throw new FileStoreError('not-found', `no conversation "${id}"`, { path: this.#scope.addressOf(id).path });
    }
    if (record.kind === 'unreadable') {
      throw record.error;
    }
    return record.metadata;
  }

  async deleteMetadata(id: string, options: AbortOptions = {}): Promise<void> {
    const address = this.#scope.addressOf(id);
    const record = await this.#reader.read(address, options);
    if (record !== undefined && !this.#scope.owns(record)) {
      throw notOwned(address);
    }
    for (const directory of this.#scope.directoriesOf(address, record)) {
      await this.#files.delete(directory, { signal: options.signal });
    }
  }

  async exists(id: string, options: AbortOptions = {}): Promise<boolean> {
    if (this.#scope.userId === undefined) {
      return await this.#files.exists(this.#scope.addressOf(id).path, { signal: options.signal });
    }
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
    const { limit = defaultSearchLimit, pageId, signal } = options;
    checkLimit(limit);
    const after = pageId === undefined || pageId === null ? undefined : decodePageId(pageId);
    const page = new NewestPage(limit, after);
    const unreadable = new Map<string, UnreadableConversation>();
    const ids = await this.#reader.listIds({ signal });
    await this.#reader.findAll(ids, { signal }, (id, record) => {
      if (record.kind === 'readable') {
        page.add(record.metadata);
      } else if (after === undefined) {
        unreadable.set(id, toUnreadable(id, record));
      }
    });
    return { ...page.finish(), unreadable: ids.flatMap((id) => unreadable.get(id) ?? []) };
  }

  #claim(draft: MetadataDraft, address: RecordAddress): MetadataDraft {
    const { userId } = this.#scope;
    const owner = draft.metadata.user_id;
    if (userId === undefined || owner === userId) {
      return draft;
    }
    if (owner !== null && owner !== '') {
      throw notOwned(address);
    }
    return { ...draft, metadata: { ...draft.metadata, user_id: userId } };
  }

  /** The record, when it may be written over. */
  #replaceable(record: ConversationRecord, address: RecordAddress): ReadableRecord {
    if (!this.#scope.sees(record)) {
      throw notOwned(address);
    }
    if (record.kind === 'unreadable') {
      throw record.error;
    }
    return record;
  }
}

function checkLimit(limit: number): void {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= maxSearchLimit)) {
    throw new FileStoreError('invalid-argument', `the limit of a search is a whole number from 1 to ${maxSearchLimit}`);
  }
}

function toUnreadable(id: string, { error }: UnreadableRecord): UnreadableConversation {
  return { conversation_id: id, error };
}

function notOwned({ id, path }: RecordAddress): FileStoreError {
  return new FileStoreError('permission-denied', `conversation "${id}" is not the user's that the store is opened for`, { path });
}
