import { randomUUID } from 'node:crypto';
import { type AbortOptions, type FileListEntry, type FileStore, hasErrorCode } from '@oh/file-store-core';
import type { ReadableRecord } from './conversation-record.ts';
import type { ConversationScope, Owned } from './conversation-scope.ts';
import { type IndexKey, parseIndexPath, toIndexKey, toIndexPath } from './index-key.ts';

/** A marker met in a list. */
export interface IndexMarker extends IndexKey {
  readonly file: FileListEntry;
}

/** A record and whose it is. */
export type OwnedRecord = Pick<ReadableRecord, 'metadata'> & Owned;

/**
 * The index over the conversations of a directory: small files whose names say everything, so that writers never fight for one.
 *
 * - `created/` lists the conversations in the order of a search, a marker each, see `toIndexPath`. Where all users share a directory, each
 *   user has such a list as well.
 * - `ids/{id}` says that a conversation is listed, or known to be unreadable; written after the markers, removed before them.
 * - `unreadable/{id}` says that a record could not be read when it was last looked at.
 *
 * Markers are there before the record is. A marker that the record contradicts is passed over, and removed when it is so old that it cannot
 * belong to a write under way. What the index does not know, the comparison of `ids/` with the directory finds.
 */
export class ConversationIndex {
  readonly #files: FileStore;
  readonly #scope: ConversationScope;

  constructor(files: FileStore, scope: ConversationScope) {
    this.#files = files;
    this.#scope = scope;
  }

  /** Lists a conversation where its record says. */
  async add({ metadata, owner }: OwnedRecord, { signal }: AbortOptions): Promise<void> {
    // Never the same bytes, so that also a version made of the bytes tells a marker from the same one written again.
    const contents = randomUUID();
    const markers = this.#markersOf({ metadata, owner });
    await Promise.all(markers.map((path) => this.#files.write(path, contents, { signal })));
    await this.#files.write(this.#idFile(metadata.conversation_id), contents, { signal });
  }

  /** Lists a conversation where its next record will say, unless the present one says the same. @returns Whether it does not. */
  async move(present: OwnedRecord | undefined, next: OwnedRecord, options: AbortOptions): Promise<boolean> {
    const isMoved = present === undefined || this.#markersOf(present).join() !== this.#markersOf(next).join();
    if (isMoved) {
      await this.add(next, options);
    }
    return isMoved;
  }

  /** Lists a conversation where its record says, unless it is listed there. */
  async ensure(record: OwnedRecord, { signal }: AbortOptions): Promise<void> {
    const present = await Promise.all(this.#markersOf(record).map((path) => this.#files.exists(path, { signal })));
    if (present.includes(false)) {
      await this.add(record, { signal });
    }
  }

  /** Takes a deleted conversation out; `record` is its record where that can be read. */
  async remove(id: string, record: OwnedRecord | undefined, { signal }: AbortOptions): Promise<void> {
    await this.forget(id, { signal });
    const markers = record === undefined ? [] : this.#markersOf(record);
    await Promise.all(markers.map((path) => this.#files.delete(path, { signal })));
  }

  /** Takes out a deleted conversation whose record another program has written again, where a marker that was left behind shows it. */
  async withdraw(record: OwnedRecord, { signal }: AbortOptions): Promise<void> {
    for (const path of this.#markersOf(record)) {
      if (await this.#files.exists(path, { signal })) {
        await this.#files.delete(path, { signal });
      }
    }
  }

  /** Makes a conversation unknown, so that the next comparison looks at it. */
  async forget(id: string, { signal }: AbortOptions): Promise<void> {
    await Promise.all([this.#files.delete(this.#idFile(id), { signal }), this.#files.delete(this.#unreadableFile(id), { signal })]);
  }

  /** Notes that a record cannot be read. */
  async addUnreadable(id: string, { signal }: AbortOptions): Promise<void> {
    await this.#files.write(this.#unreadableFile(id), '', { signal });
    await this.#files.write(this.#idFile(id), '', { signal });
  }

  /** Lists a conversation that could not be read and now can. */
  async addReadable(record: OwnedRecord, { signal }: AbortOptions): Promise<void> {
    await this.add(record, { signal });
    await this.#files.delete(this.#unreadableFile(record.metadata.conversation_id), { signal });
  }

  /** Removes a marker unless it was written again since it was met. */
  async removeMarker({ file }: IndexMarker, { signal }: AbortOptions): Promise<void> {
    const { conditions, conditionalDelete = conditions } = this.#files.capabilities;
    try {
      await this.#files.delete(file.path, { ifVersion: conditionalDelete ? file.version : undefined, signal });
    } catch (error) {
      if (!hasErrorCode(error, 'version-mismatch')) {
        throw error;
      }
    }
  }

  /** The ids that the index knows, in the order of a listing. */
  async listIds({ signal }: AbortOptions): Promise<readonly string[]> {
    return (await this.#files.list(`${this.#scope.bookkeeping}/ids`, { signal })).map(lastSegment);
  }

  /** The ids of records that could not be read, in order. */
  async listUnreadable({ signal }: AbortOptions): Promise<readonly string[]> {
    return (await this.#files.list(`${this.#scope.bookkeeping}/unreadable`, { signal })).map(lastSegment);
  }

  /**
   * The markers of the list, newest first.
   *
   * @param startAfter Only those after this path below the list. @param chunk How many are asked for at a time.
   */
  async *markers(startAfter: string | undefined, chunk: number, { signal }: AbortOptions): AsyncGenerator<IndexMarker, void, undefined> {
    const prefix = `${this.#scope.list}/`;
    let last = startAfter === undefined ? undefined : prefix + startAfter;
    for (let isFull = true; isFull; ) {
      const files: FileListEntry[] = [];
      for await (const entry of this.#files.entries(this.#scope.list, { recursive: true, startAfter: last, limit: chunk, signal })) {
        if (entry.kind === 'file') {
          files.push(entry);
        }
      }
      for (const file of files) {
        const key = parseIndexPath(file.path.slice(prefix.length));
        if (key !== undefined) {
          yield { ...key, file };
        }
      }
      last = files.at(-1)?.path;
      isFull = files.length === chunk;
    }
  }

  #markersOf(record: OwnedRecord): readonly string[] {
    const path = toIndexPath(toIndexKey(record.metadata));
    return this.#scope.listsOf(record).map((list) => `${list}/${path}`);
  }

  #idFile(id: string): string {
    return `${this.#scope.bookkeeping}/ids/${id}`;
  }

  #unreadableFile(id: string): string {
    return `${this.#scope.bookkeeping}/unreadable/${id}`;
  }
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
