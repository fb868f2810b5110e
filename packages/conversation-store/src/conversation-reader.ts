import { type AbortOptions, type FileStore, forEachConcurrently, hasErrorCode, retryHalfWritten } from '@oh/file-store-core';
import { type ConversationRecord, closedRecord, parseRecord, type RecordAddress, unreadableRecord } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';
import { isOfOne } from './is-of-one.ts';
import type { Tombstones } from './tombstones.ts';

/** Records read at a time. */
export const maxReads = 16;

/** Reads the records of a scope. A missing one is `undefined`; what is not about one record is thrown. */
export class ConversationReader {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;
  readonly #tombstones: Tombstones;

  constructor(files: FileStore, scope: ConversationScope, tombstones: Tombstones) {
    this.#files = files;
    this.#scope = scope;
    this.#tombstones = tombstones;
  }

  /** The ids of the directories that may be conversations, in the order of the listing. */
  async listIds(options: AbortOptions): Promise<readonly string[]> {
    const paths = await this.#files.list(this.#scope.directory, { signal: options.signal });
    return paths.flatMap((path) => this.#scope.idOf(path) ?? []);
  }

  /** A record, whosever it is, deleted or not. */
  async read(address: RecordAddress, { signal }: AbortOptions): Promise<ConversationRecord | undefined> {
    return await retryHalfWritten(this.#files, address.path, () => this.#readOnce(address, { signal }), {
      isDamaged: (record) => record?.kind === 'unreadable',
      signal,
    });
  }

  async #readOnce(address: RecordAddress, options: AbortOptions): Promise<ConversationRecord | undefined> {
    try {
      return parseRecord(await this.#files.read(address.path, { signal: options.signal }), address);
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      if (hasErrorCode(error, 'corrupt')) {
        return unreadableRecord(address, 'its bytes are not UTF-8 text', error);
      }
      throw error;
    }
  }

  /** A record among others, as {@link read} gives it; where its file alone cannot be read, that is what is told of it. */
  async readAmong(address: RecordAddress, options: AbortOptions): Promise<ConversationRecord | undefined> {
    try {
      return await this.read(address, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isOfOne(error)) {
        return closedRecord(address, error);
      }
      throw error;
    }
  }

  /** A record, if it exists for the user; what was deleted does not, though files of it may be left or have come back. */
  async find(id: string, options: AbortOptions): Promise<ConversationRecord | undefined> {
    return await this.#ifThere(id, this.read(this.#scope.addressOf(id), options), options);
  }

  /** Hands over the records that exist for the user, some at a time and in no order, each as {@link readAmong} gives it. */
  async findAll(ids: readonly string[], options: AbortOptions, take: (id: string, record: ConversationRecord) => void): Promise<void> {
    await forEachConcurrently(ids, { maxInFlight: maxReads, signal: options.signal }, async (id, signal) => {
      const record = await this.#ifThere(id, this.readAmong(this.#scope.addressOf(id), { signal }), { signal });
      if (record !== undefined) {
        take(id, record);
      }
    });
  }

  async #ifThere(
    id: string,
    reading: Promise<ConversationRecord | undefined>,
    options: AbortOptions,
  ): Promise<ConversationRecord | undefined> {
    const [record, isDeleted] = await Promise.all([reading, this.#tombstones.has(id, options)]);
    return record !== undefined && !isDeleted && this.#scope.sees(record) ? record : undefined;
  }
}
