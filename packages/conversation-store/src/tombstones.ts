import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { type Tombstone, TombstoneFile } from '@oh/file-store-core/tombstones';
import type { RecordAddress } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';

/**
 * The files that say which conversations were deleted.
 *
 * A tombstone is the deletion: from then on the conversation does not exist, and nothing is saved for it, though its files are still being
 * removed. It outlasts them, so that whoever still has the conversation in mind cannot bring it back.
 */
export class Tombstones {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;
  readonly #now: () => Date;

  constructor(files: FileStore, scope: ConversationScope, now: () => Date) {
    this.#files = files;
    this.#scope = scope;
    this.#now = now;
  }

  /** The tombstone of a conversation, there or not. */
  of(id: string): TombstoneFile {
    return new TombstoneFile(this.#files, this.#scope.tombstoneOf(id), this.#now);
  }

  /** Whether the conversation was deleted. */
  async has(id: string, options: AbortOptions): Promise<boolean> {
    return await this.of(id).exists(options);
  }

  /** @throws {FileStoreError} `not-found` when the conversation was deleted. */
  async refuse(address: RecordAddress, options: AbortOptions): Promise<void> {
    if (await this.has(address.id, options)) {
      throw deletedError(address);
    }
  }

  /** The tombstone; one that is damaged is nobody's. */
  async find(id: string, options: AbortOptions): Promise<Tombstone | undefined> {
    return await this.of(id).find(options);
  }
}

/** The error for saving what was deleted. */
export function deletedError({ id, path }: RecordAddress): FileStoreError {
  const message = `conversation "${id}" was deleted and cannot be saved; saveMetadata with { recreate: true } makes a new one of that id`;
  return new FileStoreError('not-found', message, { path });
}

/** The error for making a conversation anew whose files others are removing. */
export function beingRemovedError({ id, path }: RecordAddress, since: readonly string[]): FileStoreError {
  const message = `conversation "${id}" is being deleted by others, since ${since.join(' and ')}; try again when they have ended, or a day later when they have died`;
  return new FileStoreError('path-conflict', message, { path });
}
