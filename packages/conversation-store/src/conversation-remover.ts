import { type AbortOptions, type FileInfo, type FileStore, FileStoreError, hasErrorCode, isId } from '@oh/file-store-core';
import { notOwnedError } from './conversation-errors.ts';
import type { ConversationIndex } from './conversation-index.ts';
import type { ConversationMetadata } from './conversation-metadata.ts';
import type { ConversationReader } from './conversation-reader.ts';
import { parseRecord, type RecordAddress } from './conversation-record.ts';
import type { ConversationScope, Owned } from './conversation-scope.ts';
import type { PendingDeletions } from './pending-deletions.ts';
import type { DeletionOutcome } from './prune.ts';
import type { Tombstones } from './tombstones.ts';

/** What a {@link ConversationRemover} works with. */
export interface ConversationRemoverParts {
  readonly files: FileStore;
  readonly scope: ConversationScope;
  readonly tombstones: Tombstones;
  readonly index: ConversationIndex;
  readonly pending: PendingDeletions;
  readonly reader: ConversationReader;
}

/** Deletes conversations: the tombstone first, then everything else. Repeating a deletion that was interrupted ends it. */
export class ConversationRemover {
  readonly #parts: ConversationRemoverParts;

  constructor(parts: ConversationRemoverParts) {
    this.#parts = parts;
  }

  /** Deletes a conversation, whatever its record says. */
  async delete(address: RecordAddress, options: AbortOptions): Promise<void> {
    const { index, pending, reader, scope, tombstones } = this.#parts;
    const record = await reader.read(address, options);
    if (record === undefined) {
      const tombstone = await tombstones.find(address.id, options);
      await this.#removeFiles(address, tombstone !== undefined && scope.owns(tombstone) ? tombstone : undefined, options);
      return;
    }
    if (!scope.owns(record)) {
      throw notOwnedError(address);
    }
    await pending.begin(address.id, options);
    await tombstones.insist(address.id, record.owner, options);
    await index.remove(address.id, record.kind === 'readable' ? record : undefined, options);
    await this.#removeFiles(address, record, options);
  }

  /**
   * Ends the deletions that were interrupted; of those that were not decided `isExpired` decides, as in {@link deleteExpired}.
   *
   * @param onFailure Told of those that cannot be ended; what it throws ends the rest.
   */
  async endDeletions(
    isExpired: (metadata: ConversationMetadata) => boolean,
    onFailure: (error: unknown) => void,
    options: AbortOptions,
  ): Promise<void> {
    const { pending, scope, tombstones } = this.#parts;
    for (const id of await pending.list(options)) {
      try {
        const tombstone = isId(id) ? await tombstones.find(id, options) : undefined;
        if (tombstone === undefined || !scope.owns(tombstone)) {
          continue;
        }
        const address = scope.addressOf(id);
        const isUndecided = await pending.isUndecided(id, options);
        const isDecided = !isUndecided || (await this.deleteExpired(address, isExpired, options, tombstone.version)) === 'gone';
        // Another one may have taken the deletion back since the tombstone was found: then the conversation is to stay.
        if (isDecided && (await tombstones.renew(id, tombstone.owner, tombstone.version, options))) {
          await this.#removeFiles(address, tombstone, options);
        }
      } catch (error) {
        onFailure(error);
      }
    }
  }

  /**
   * Deletes a conversation while `isExpired` says so of its record: an update that comes before the deletion prevents it, one that comes
   * after fails, and none is acknowledged and lost.
   *
   * A record that cannot be read has no age, and stays.
   *
   * @param raised The version of the tombstone, where another process has begun and not ended it.
   */
  async deleteExpired(
    address: RecordAddress,
    isExpired: (metadata: ConversationMetadata) => boolean,
    options: AbortOptions,
    raised?: string,
  ): Promise<DeletionOutcome> {
    const { files, index, pending, scope, tombstones } = this.#parts;
    for (let tombstone = raised; ; ) {
      const file = await this.#open(address, options);
      if (file === undefined) {
        return 'gone';
      }
      const record = parseRecord(file.text, address);
      if (record.kind === 'unreadable' || !scope.owns(record) || !isExpired(record.metadata)) {
        if (tombstone !== undefined && (await tombstones.lift(address.id, tombstone, options))) {
          await pending.end(address.id, options);
        }
        return 'kept';
      }
      await pending.consider(address.id, options);
      tombstone ??= await tombstones.raise(address.id, record.owner, options);
      // That of another one may be taken away too, if not from here.
      const standing = tombstone ?? (await tombstones.find(address.id, options))?.version;
      if (standing === undefined) {
        continue;
      }
      try {
        // Other bytes, though the same record: whoever has read it before the tombstone can no longer replace it.
        const { contentType, metadata, version } = file.info;
        await files.write(address.path, `${file.text}\n`, { contentType, metadata, ifVersion: version, signal: options.signal });
      } catch (error) {
        if (hasErrorCode(error, 'version-mismatch')) {
          continue;
        }
        throw error;
      }
      await pending.begin(address.id, options);
      if (!(await tombstones.renew(address.id, record.owner, standing, options))) {
        // Another one has spared the conversation, which may have changed since, or somebody has deleted it.
        await pending.end(address.id, options);
        tombstone = undefined;
        continue;
      }
      await index.remove(address.id, record, options);
      await this.#removeFiles(address, record, options);
      return 'deleted';
    }
  }

  /**
   * Lets a deleted conversation be made anew; nothing happens where it was not deleted.
   *
   * @throws {FileStoreError} `permission-denied` when it was another user's; `path-conflict` while files of it are left.
   */
  async permit(address: RecordAddress, options: AbortOptions): Promise<void> {
    const { files, scope, tombstones } = this.#parts;
    const tombstone = await tombstones.find(address.id, options);
    if (tombstone === undefined) {
      return;
    }
    if (!scope.owns(tombstone)) {
      throw notOwnedError(address);
    }
    for (const directory of scope.directoriesOf(address, tombstone)) {
      for await (const { path } of files.entries(directory, { signal: options.signal, limit: 1 })) {
        const message = `the deletion of conversation "${address.id}" has not ended, or something was saved since; delete it again`;
        throw new FileStoreError('path-conflict', message, { path });
      }
    }
    await tombstones.lift(address.id, tombstone.version, options);
  }

  async #removeFiles(address: RecordAddress, owned: Owned | undefined, options: AbortOptions): Promise<void> {
    const { files, scope } = this.#parts;
    const directories = scope.directoriesOf(address, owned);
    // The last one, with the record, twice: a late update that has still seen the record has kept it in the history by then; one that has not removes that itself.
    for (const directory of [...directories, ...directories.slice(-1)]) {
      await files.delete(directory, { signal: options.signal });
    }
    if (owned !== undefined) {
      await this.#parts.pending.end(address.id, options);
    }
  }

  async #open({ path }: RecordAddress, options: AbortOptions): Promise<{ info: FileInfo; text: string } | undefined> {
    try {
      const file = await this.#parts.files.open(path, { signal: options.signal });
      return { info: file.info, text: await file.text() };
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }
}
