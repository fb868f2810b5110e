import {
  type AbortOptions,
  type FileInfo,
  type FileStore,
  FileStoreError,
  hasErrorCode,
  retryHalfWritten,
  updateFile,
} from '@oh/file-store-core';
import { noConversationError, notOwnedError } from './conversation-errors.ts';
import type { ConversationIndex, OwnedRecord } from './conversation-index.ts';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import { type ConversationRecord, parseRecord, type ReadableRecord, type RecordAddress } from './conversation-record.ts';
import type { ConversationScope } from './conversation-scope.ts';
import { type MetadataDraft, mergeDraft, parseDraft } from './metadata-draft.ts';
import type { MetadataHistory } from './metadata-history.ts';
import { serializeMetadata } from './serialize-metadata.ts';
import { deletedError, type Tombstones } from './tombstones.ts';

/** What a record is to become. */
interface ComposedRecord {
  readonly metadata: ConversationMetadata;
  /** What is to be stored. */
  readonly text: string;
}

/** Makes a record of the stored one, `undefined` where there is none; called again when somebody else was faster. */
type Compose = (stored: ReadableRecord | undefined) => ComposedRecord | Promise<ComposedRecord>;

/** What a {@link ConversationWriter} works with. */
export interface ConversationWriterParts {
  readonly files: FileStore;
  readonly scope: ConversationScope;
  readonly tombstones: Tombstones;
  readonly index: ConversationIndex;
  readonly history: MetadataHistory;
  readonly now: () => Date;
}

/** Changes records by compare-and-set: never those of others, those that cannot be read and those of deleted conversations. */
export class ConversationWriter {
  readonly #parts: ConversationWriterParts;

  constructor(parts: ConversationWriterParts) {
    this.#parts = parts;
  }

  /**
   * Creates or replaces the record that `metadata` names.
   *
   * @param prepare What is done first, when the record is known to be valid.
   */
  async save(
    metadata: ConversationMetadataInput,
    options: AbortOptions,
    prepare: (address: RecordAddress) => Promise<void>,
  ): Promise<ConversationMetadata> {
    const address = this.#parts.scope.addressOf(metadata.conversation_id);
    const draft = this.#claim(parseDraft(metadata, this.#parts.now()), address);
    await prepare(address);
    return await this.#write(address, (stored) => serializeMerged(draft, stored), options);
  }

  /** Replaces the record by what `update` makes of it. */
  async update(
    address: RecordAddress,
    update: (current: ConversationMetadata) => ConversationMetadataInput | Promise<ConversationMetadataInput>,
    options: AbortOptions,
  ): Promise<ConversationMetadata> {
    const compose = async (stored: ReadableRecord | undefined): Promise<ComposedRecord> => {
      if (stored === undefined) {
        throw noConversationError(address);
      }
      const input = await update(stored.metadata);
      if (input.conversation_id !== address.id) {
        throw new FileStoreError('invalid-argument', `an update of conversation "${address.id}" cannot change its id`, {
          path: address.path,
        });
      }
      return serializeMerged(this.#claim(parseDraft(input, this.#parts.now()), address), stored);
    };
    return await this.#write(address, compose, options);
  }

  /** Replaces the record by one that it was before: all of its fields, none of those that came later. */
  async restore(address: RecordAddress, { metadata, unknownFields }: ReadableRecord, options: AbortOptions): Promise<ConversationMetadata> {
    const composed = { metadata, text: serializeMetadata(metadata, unknownFields) };
    const compose = (stored: ReadableRecord | undefined): ComposedRecord => {
      if (stored === undefined) {
        throw noConversationError(address);
      }
      return composed;
    };
    return await this.#write(address, compose, options);
  }

  /** Replaces the record by what `compose` makes of it. */
  async #write(address: RecordAddress, compose: Compose, options: AbortOptions): Promise<ConversationMetadata> {
    const { files, history, index, tombstones } = this.#parts;
    let composed: ComposedRecord | undefined;
    let isNew = false;
    let isMoved = false;
    let isKept = false;
    const replace = async (current: string | undefined): Promise<string> => {
      // After the record was read: a deletion that is not seen here removes the record later, and the condition on it fails.
      await tombstones.refuse(address, options);
      const stored = current === undefined ? undefined : this.#replaceable(parseRecord(current, address), address);
      isNew = stored === undefined;
      composed = await compose(stored);
      // Before the record: whoever is stopped here leaves a marker without record, which does no harm, and no record that nobody finds.
      isMoved = await index.move(stored, toOwned(composed.metadata), options);
      if (current !== undefined && current !== composed.text) {
        await history.keep(address, current, options);
        isKept = true;
      }
      return composed.text;
    };
    const write = (): Promise<FileInfo> => updateFile(files, address.path, replace, { signal: options.signal });
    const info = await retryHalfWritten(files, address.path, write, { signal: options.signal }).catch(async (error: unknown) => {
      // What was kept after the deletion had passed the directory would stay there. Also an update of the caller's own may fail with `not-found`.
      if (isKept && hasErrorCode(error, 'not-found') && !(await files.exists(address.path))) {
        await tombstones.of(address.id).whileDecided(() => history.remove(address), {});
      }
      throw error;
    });
    if (isNew) {
      await this.#withdrawWhereDeleted(address, info, options);
    }
    if (composed === undefined) {
      throw new TypeError('updateFile returned without an update');
    }
    if (isMoved) {
      // Who met the marker before the record was there, and had a clock that was ahead, may have removed it.
      await index.ensure(toOwned(composed.metadata), options);
    }
    return composed.metadata;
  }

  /** A record that was missing when it was read may have been created and deleted since, which no condition on it can tell. */
  async #withdrawWhereDeleted(address: RecordAddress, { version }: FileInfo, options: AbortOptions): Promise<void> {
    const { files, tombstones } = this.#parts;
    if (await tombstones.has(address.id, options)) {
      const { conditions, conditionalDelete = conditions } = files.capabilities;
      const ifVersion = conditionalDelete ? version : undefined;
      await tombstones.of(address.id).whileDeleted(() => files.delete(address.path, { ifVersion }).catch(ignoreMismatch), {});
      throw deletedError(address);
    }
  }

  #claim(draft: MetadataDraft, address: RecordAddress): MetadataDraft {
    const { userId } = this.#parts.scope;
    const owner = draft.metadata.user_id;
    if (userId === undefined || owner === userId) {
      return draft;
    }
    if (owner !== null && owner !== '') {
      throw notOwnedError(address);
    }
    return { ...draft, metadata: { ...draft.metadata, user_id: userId } };
  }

  /** The record, when it may be written over. */
  #replaceable(record: ConversationRecord, address: RecordAddress): ReadableRecord {
    if (!this.#parts.scope.sees(record)) {
      throw notOwnedError(address);
    }
    if (record.kind === 'unreadable') {
      throw record.error;
    }
    return record;
  }
}

function toOwned(metadata: ConversationMetadata): OwnedRecord {
  return { metadata, owner: metadata.user_id ?? undefined };
}

function serializeMerged(draft: MetadataDraft, stored: ReadableRecord | undefined): ComposedRecord {
  const { metadata, unknownFields } = mergeDraft(draft, stored);
  return { metadata, text: serializeMetadata(metadata, unknownFields) };
}

/** Somebody else has removed it already, or has made the conversation anew. */
function ignoreMismatch(error: unknown): void {
  if (!hasErrorCode(error, 'version-mismatch')) {
    throw error;
  }
}
