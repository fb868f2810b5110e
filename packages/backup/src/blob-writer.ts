import { type AbortOptions, type FileStore, Slots } from '@oh/file-store-core';
import type { BlobIndex } from './blob-index.ts';
import { writeIndexFile } from './index-files.ts';
import { packPath } from './pack-path.ts';
import { frameContext, type PackFrame } from './pack-table.ts';
import { encodeTrailer } from './pack-trailer.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { sha256 } from './sha256.ts';
import { compress } from './zstd.ts';

/** Small blobs are compressed together up to so many bytes: that takes a fraction of the time and of the space. */
const frameBytes = 256 * 1024;
/** A pack is written when it has so many bytes. */
const packBytes = 8 * 1024 * 1024;
/** Packs, after which their tables are written into an index file. */
const packsAnIndex = 64;
/** Frames that are compressed, and packs that are written, at one time; each keeps a pack in memory at most. */
const maxInFlight = 4;

interface Blob {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Keeps blobs: each once, small ones together, in packs of about 8 MiB. */
export class BlobWriter {
  readonly #files: Pick<FileStore, 'write'>;
  readonly #cipher: RepositoryCipher;
  readonly #index: BlobIndex;
  readonly #slots = new Slots(maxInFlight);
  /** On their way, and not in the index yet. */
  readonly #pending = new Set<string>();
  #blobs: Blob[] = [];
  #blobBytes = 0;
  #parts: Buffer[] = [];
  #frames: PackFrame[] = [];
  #packLength = 0;
  #tables = new Map<string, readonly PackFrame[]>();
  #storedBytes = 0;

  /** @param index What is there already; gets what is written. */
  constructor(files: Pick<FileStore, 'write'>, cipher: RepositoryCipher, index: BlobIndex) {
    this.#files = files;
    this.#cipher = cipher;
    this.#index = index;
  }

  /** Bytes that were written. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Keeps the bytes, unless they are kept already. They must not be changed any more. @returns Their id. */
  async add(bytes: Uint8Array, options: AbortOptions): Promise<string> {
    const id = sha256(bytes);
    if (this.#index.find(id) !== undefined || this.#pending.has(id)) {
      return id;
    }
    this.#pending.add(id);
    if (bytes.byteLength >= frameBytes) {
      await this.#writeFrame([{ id, bytes }], options);
      return id;
    }
    this.#blobs.push({ id, bytes });
    this.#blobBytes += bytes.byteLength;
    if (this.#blobBytes >= frameBytes) {
      await this.#writeFrame(this.#takeBlobs(), options);
    }
    return id;
  }

  /** Lets what comes next not be compressed together with what came before. Every other call has ended. */
  async endFrame(options: AbortOptions): Promise<void> {
    if (this.#blobs.length > 0) {
      await this.#writeFrame(this.#takeBlobs(), options);
    }
  }

  /** Writes what is held back. Every other call has ended. */
  async flush(options: AbortOptions): Promise<void> {
    await this.endFrame(options);
    await this.#writePack(options);
    await this.#writeIndex(options);
  }

  #takeBlobs(): Blob[] {
    const blobs = this.#blobs;
    this.#blobs = [];
    this.#blobBytes = 0;
    return blobs;
  }

  async #writeFrame(blobs: readonly Blob[], options: AbortOptions): Promise<void> {
    await this.#slots.run(options.signal, async () => {
      options.signal?.throwIfAborted();
      const ids = blobs.map(({ id, bytes }) => [id, bytes.byteLength] as const);
      const contents = blobs.length === 1 && blobs[0] !== undefined ? blobs[0].bytes : Buffer.concat(blobs.map(({ bytes }) => bytes));
      const part = this.#cipher.seal(await compress(contents), frameContext({ blobs: ids }));
      this.#frames.push({ at: this.#packLength, length: part.length, size: contents.byteLength, blobs: ids });
      this.#parts.push(part);
      this.#packLength += part.length;
      if (this.#packLength >= packBytes) {
        await this.#writePack(options);
      }
    });
  }

  async #writePack(options: AbortOptions): Promise<void> {
    const [parts, frames] = [this.#parts, this.#frames];
    if (frames.length === 0) {
      return;
    }
    this.#parts = [];
    this.#frames = [];
    this.#packLength = 0;
    const bytes = Buffer.concat([...parts, await encodeTrailer(frames, this.#cipher)]);
    const pack = sha256(bytes);
    await this.#files.write(packPath(pack), bytes, { ...options, ifAbsent: true });
    this.#storedBytes += bytes.byteLength;
    this.#index.add(pack, frames);
    this.#tables.set(pack, frames);
    for (const [id] of frames.flatMap(({ blobs }) => blobs)) {
      this.#pending.delete(id);
    }
    if (this.#tables.size >= packsAnIndex) {
      await this.#writeIndex(options);
    }
  }

  async #writeIndex(options: AbortOptions): Promise<void> {
    const tables = this.#tables;
    if (tables.size > 0) {
      this.#tables = new Map();
      await writeIndexFile(this.#files, tables, this.#cipher, options);
    }
  }
}
