import { type AbortOptions, forEachConcurrently } from '@oh/file-store-core';
import type { ConversationIndex } from './conversation-index.ts';
import { type ConversationReader, maxReads } from './conversation-reader.ts';
import type { ConversationScope } from './conversation-scope.ts';
import type { Tombstones } from './tombstones.ts';

/** What an {@link IndexComparison} works with. */
export interface IndexComparisonParts {
  readonly scope: ConversationScope;
  readonly reader: ConversationReader;
  readonly index: ConversationIndex;
  readonly tombstones: Tombstones;
}

/** How the index differs from the directory of the conversations. */
export interface IndexDifference {
  /** How many directories there are. */
  readonly conversations: number;
  /** Directories that the index does not know. */
  readonly unknown: readonly string[];
  /** Ids that the index knows and that have no directory. */
  readonly gone: readonly string[];
}

/** Brings the index to what lies in the directory of the conversations, whoever put it there. */
export class IndexComparison {
  readonly #parts: IndexComparisonParts;

  constructor(parts: IndexComparisonParts) {
    this.#parts = parts;
  }

  /** Compares names; no record is read. */
  async compare(options: AbortOptions): Promise<IndexDifference> {
    // In this order: what is created in between is unknown, which is only looked at in vain, and never gone.
    const known = new Set(await this.#parts.index.listIds(options));
    const ids = await this.#parts.reader.listIds(options);
    const unknown = ids.filter((id) => !known.delete(id));
    return { conversations: ids.length, unknown, gone: [...known] };
  }

  /** Reads the records that are unknown and lists them; forgets what is gone. Repeated after a failure it goes on where it ended. */
  async settle({ unknown, gone }: IndexDifference, options: AbortOptions): Promise<void> {
    const { index } = this.#parts;
    await forEachConcurrently(gone, { maxInFlight: maxReads, signal: options.signal }, (id, signal) => index.forget(id, { signal }));
    await forEachConcurrently(unknown, { maxInFlight: maxReads, signal: options.signal }, (id, signal) => this.#list(id, { signal }));
  }

  async #list(id: string, options: AbortOptions): Promise<void> {
    const { index, reader, scope, tombstones } = this.#parts;
    const record = await reader.readAmong(scope.addressOf(id), options);
    if (record === undefined) {
      // The directory may get one.
      return;
    }
    if (await tombstones.has(id, options)) {
      // Another program wrote it again; it stays deleted.
      await (record.kind === 'readable' ? index.withdraw(record, options) : undefined);
      return;
    }
    await (record.kind === 'readable' ? index.add(record, options) : index.addUnreadable(id, options));
  }
}
