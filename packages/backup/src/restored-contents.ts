import { type AbortOptions, type FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { BlobReader } from './blob-reader.ts';
import type { BackupFile } from './file-entry.ts';

/** Options of {@link RestoredContents}. */
export interface RestoredContentsOptions extends AbortOptions {
  /** Called for each part of a larger file that was taken, with its bytes. */
  readonly onPart: (bytes: number) => void;
}

/** The contents of a file on their way from the repository. */
export class RestoredContents {
  readonly #reader: BlobReader;
  readonly #file: BackupFile;
  readonly #options: RestoredContentsOptions;
  /** Why they cannot be read, when that is so. */
  damage: FileStoreError | undefined;

  constructor(reader: BlobReader, file: BackupFile, options: RestoredContentsOptions) {
    this.#reader = reader;
    this.#file = file;
    this.#options = options;
  }

  async open(): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    const { chunks } = this.#file;
    const [first] = chunks;
    return chunks.length > 1 ? this.#readAll() : first === undefined ? new Uint8Array() : await this.#read(first);
  }

  async *#readAll(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const id of this.#file.chunks) {
      const part = await this.#read(id);
      yield part;
      this.#options.onPart(part.byteLength);
    }
  }

  async #read(id: string): Promise<Uint8Array> {
    try {
      return await this.#reader.read(id, this.#options);
    } catch (error) {
      if (hasErrorCode(error, 'corrupt')) {
        this.damage = error;
      }
      throw error;
    }
  }
}
