import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, isId, readIfThere, type TextFile } from '@oh/file-store-core';
import type { Removal, Tombstone } from '@oh/file-store-core/tombstones';
import { notOwnedError, untoldError } from './conversation-errors.ts';
import type { ConversationIndex } from './conversation-index.ts';
import type { ConversationMetadata } from './conversation-metadata.ts';
import type { ConversationReader } from './conversation-reader.ts';
import { type ConversationRecord, parseRecord, type ReadableRecord, type RecordAddress } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';
import type { PendingDeletions } from './pending-deletions.ts';
import type { DeletionOutcome } from './prune.ts';
import { beingRemovedError, type Tombstones } from './tombstones.ts';

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
    const { index, reader, scope, tombstones } = this.#parts;
    const record = await reader.read(address, options);
    if (record === undefined) {
      const tombstone = await tombstones.find(address.id, options);
      if (tombstone === undefined || !scope.owns(tombstone)) {
        await this.#removeDirectories(scope.directoriesOf(address, undefined), options);
      } else if (!(await this.#removeFiles(address, undefined, options))) {
        // Made anew since.
        await this.delete(address, options);
      }
      return;
    }
    if (!scope.owns(record)) {
      throw notOwnedError(address);
    }
    const removal = await this.#decide(address, record.owner, options).catch(async (error: unknown) => {
      if (!hasErrorCode(error, 'no-space')) {
        throw error;
      }
      return await this.#decideOnFullDisk(address, record, options);
    });
    await index.remove(address.id, record.kind === 'readable' ? record : undefined, options);
    await this.#endRemoval(address, removal, options);
  }

  async #decide({ id }: RecordAddress, owner: string | undefined, options: AbortOptions): Promise<Removal> {
    const { pending, tombstones } = this.#parts;
    await pending.begin(id, options);
    return await tombstones.of(id).insist(id, owner, options);
  }

  /** A tombstone takes room, and a full disk is emptied by deleting: what the conversation has besides its record makes some, and if not, the record. */
  async #decideOnFullDisk(address: RecordAddress, record: ConversationRecord, options: AbortOptions): Promise<Removal> {
    const { files, pending, scope, tombstones } = this.#parts;
    await this.#removeAllBut(address, scope.directoriesOf(address, record), options);
    try {
      return await this.#decide(address, record.owner, options);
    } catch (error) {
      if (!hasErrorCode(error, 'no-space')) {
        throw error;
      }
    }
    // A note takes room too, and what it is for is done.
    await pending.end(address.id, options);
    await files.delete(address.path, options);
    return await tombstones
      .of(address.id)
      .insist(address.id, record.owner, options)
      .catch((error: unknown) => {
        throw hasErrorCode(error, 'no-space') ? untoldError(address, error) : error;
      });
  }

  async #removeAllBut({ path: kept }: RecordAddress, directories: readonly string[], { signal }: AbortOptions): Promise<void> {
    const { files } = this.#parts;
    for (const path of (await Promise.all(directories.map((directory) => files.list(directory, { signal })))).flat()) {
      if (path !== kept) {
        await files.delete(path, { signal });
      }
    }
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
        if (tombstone === undefined && isId(id)) {
          await pending.discard(id, options);
        }
        if (tombstone === undefined || !scope.owns(tombstone)) {
          continue;
        }
        const address = scope.addressOf(id);
        const isDecided = tombstone.isDecided || (await this.deleteExpired(address, isExpired, options, tombstone.version)) === 'gone';
        // Another one may have taken the deletion back since the tombstone was found: then the conversation is to stay.
        if (isDecided) {
          await this.#removeFiles(address, { tombstone: tombstone.version }, options);
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
    const { files, pending, scope, tombstones } = this.#parts;
    for (let tombstone = raised; ; ) {
      // Before the record: so that the tombstone is that of the conversation that is looked at, and not of one that was made anew since.
      const before = await tombstones.of(address.id).read(options);
      const file = await readIfThere(files, address.path, options);
      if (file === undefined) {
        return 'gone';
      }
      const record = parseRecord(file.text, address);
      if (record.kind === 'unreadable' || !scope.owns(record) || !isExpired(record.metadata)) {
        if (tombstone === undefined || (await this.#takeBack(address, before.tombstone, options))) {
          return 'kept';
        }
        continue;
      }
      await pending.begin(address.id, options);
      if (tombstone === undefined && before.tombstone === undefined) {
        tombstone = await tombstones.of(address.id).raise(address.id, record.owner, before.version, options);
      }
      // That of another one may be taken away too, if not from here.
      const standing = tombstone ?? before.tombstone?.version;
      if (standing === undefined) {
        continue;
      }
      if (!(await this.#claim(address, file, options))) {
        continue;
      }
      if (await this.#removeFiles(address, { record, tombstone: standing }, options)) {
        return 'deleted';
      }
      // Another one has spared the conversation, which may have changed since, or somebody has deleted it.
      tombstone = undefined;
    }
  }

  /**
   * Lets a deleted conversation be made anew; nothing happens where it was not deleted.
   *
   * @throws {FileStoreError} `permission-denied` when it was another user's; `path-conflict` while files of it are left, or somebody removes them.
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
    const since = tombstones.of(address.id).removedSince(tombstone);
    if (since.length > 0) {
      throw beingRemovedError(address, since);
    }
    // Under the version: whoever has begun to remove something since keeps it from being lifted.
    await tombstones.of(address.id).lift(tombstone.version, options);
  }

  /**
   * Removes what a deleted conversation has left.
   *
   * @param found The version that the tombstone has to have, where it may yet be taken back; and the record, where it is still there.
   * @returns False when it is another tombstone by now, or none.
   */
  async #removeFiles(
    address: RecordAddress,
    found: { readonly tombstone: string; readonly record?: ReadableRecord } | undefined,
    options: AbortOptions,
  ): Promise<boolean> {
    const { index, tombstones } = this.#parts;
    const removal = await tombstones.of(address.id).enter(found?.tombstone, options);
    if (removal === undefined) {
      return false;
    }
    if (found?.record !== undefined) {
      await index.remove(address.id, found.record, options);
    }
    await this.#endRemoval(address, removal, options);
    return true;
  }

  /** Removes the directories, and says so. After a failure the removal has not ended: nobody knows what a store that did not answer still does. */
  async #endRemoval(address: RecordAddress, removal: Removal, options: AbortOptions): Promise<void> {
    const { pending, scope, tombstones } = this.#parts;
    const directories = scope.directoriesOf(address, removal);
    await this.#removeDirectories(directories, options, () => tombstones.of(address.id).check(removal));
    await pending.end(address.id, options);
    await tombstones.of(address.id).leave(removal, options);
  }

  /**
   * Takes a deletion back that was not decided; while somebody removes what came late, the next prune does.
   *
   * @param tombstone As it was before the record was read.
   * @returns False when it is another one by now.
   */
  async #takeBack(address: RecordAddress, tombstone: Tombstone | undefined, options: AbortOptions): Promise<boolean> {
    const file = this.#parts.tombstones.of(address.id);
    if (tombstone === undefined || tombstone.isDecided || file.removedSince(tombstone).length > 0) {
      return true;
    }
    return await file.lift(tombstone.version, options);
  }

  /** Makes a record that was read one of other bytes: whoever has read it before the tombstone can no longer replace it. @returns False when it has changed. */
  async #claim({ path }: RecordAddress, { info, text }: TextFile, { signal }: AbortOptions): Promise<boolean> {
    const { contentType, metadata, version } = info;
    try {
      await this.#parts.files.write(path, `${text}\n`, { contentType, metadata, ifVersion: version, signal });
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'version-mismatch')) {
        return false;
      }
      throw error;
    }
  }

  async #removeDirectories(directories: readonly string[], { signal }: AbortOptions, check?: () => void): Promise<void> {
    // The last one, with the record, twice: a late update that has still seen the record has kept it in the history by then; one that has not removes that itself.
    for (const directory of [...directories, ...directories.slice(-1)]) {
      check?.();
      await this.#parts.files.delete(directory, { signal });
    }
  }
}
