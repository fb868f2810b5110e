import type { AbortOptions } from '@oh/file-store-core';
import type { BlobReader } from './blob-reader.ts';
import { readFilePart } from './file-list.ts';
import type { StoredSnapshot } from './snapshot-files.ts';

/** The blobs that snapshots need; a part of a list that several have in common is read once. */
export class ReferencedBlobs {
  readonly #reader: BlobReader;
  readonly #parts = new Set<string>();
  /** The ids of all of them. */
  readonly ids: Set<string> = new Set();

  constructor(reader: BlobReader) {
    this.#reader = reader;
  }

  /** Adds what a snapshot needs. @throws {FileStoreError} `corrupt` when that cannot be found out. */
  async add({ record }: StoredSnapshot, options: AbortOptions): Promise<void> {
    for (const id of record.list.filter((each) => !this.#parts.has(each))) {
      for (const { chunks } of await readFilePart(id, undefined, this.#reader, options)) {
        for (const chunk of chunks) {
          this.ids.add(chunk);
        }
      }
      this.#parts.add(id);
      this.ids.add(id);
    }
  }
}
