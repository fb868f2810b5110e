import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { BlobIndex, BlobLocation } from './blob-index.ts';
import { corrupt } from './corrupt.ts';
import { lossOf } from './lost-file.ts';
import { packPath } from './pack-path.ts';
import { frameContext, type PackFrame } from './pack-table.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { sha256 } from './sha256.ts';
import { decompress } from './zstd.ts';

/** Bytes of contents that are kept for the next blobs. */
const maxCacheBytes = 64 * 1024 * 1024;

/** Reads blobs, each checked against its id; neighbours are read with one request. */
export class BlobReader {
  readonly #files: FileStore;
  readonly #cipher: RepositoryCipher;
  readonly #index: BlobIndex;
  /** The one used last is the last. */
  readonly #cache = new Map<PackFrame, Promise<Buffer>>();
  #cacheBytes = 0;

  constructor(files: FileStore, cipher: RepositoryCipher, index: BlobIndex) {
    this.#files = files;
    this.#cipher = cipher;
    this.#index = index;
  }

  /** @throws {FileStoreError} `corrupt` when no pack has the blob, or all that have it are missing or damaged. */
  async read(id: string, options: AbortOptions): Promise<Buffer> {
    let damage = new FileStoreError('corrupt', `the blob ${id} is in no pack that can be read`);
    for (const [copy, location] of this.#index.findAll(id).entries()) {
      try {
        const bytes = await this.#readAt(id, location, options);
        if (copy > 0) {
          this.#index.prefer(id, location);
        }
        return bytes;
      } catch (error) {
        if (!hasErrorCode(error, 'corrupt')) {
          throw error;
        }
        damage = copy === 0 ? error : damage;
      }
    }
    throw damage;
  }

  async #readAt(id: string, location: BlobLocation, options: AbortOptions): Promise<Buffer> {
    const contents = await this.#readFrame(location, options);
    const bytes = contents.subarray(location.start, location.start + location.size);
    if (sha256(bytes) !== id) {
      throw corrupt(packPath(location.pack), `the blob ${id} in it has another SHA-256`);
    }
    return bytes;
  }

  async #readFrame({ pack, frame }: BlobLocation, options: AbortOptions): Promise<Buffer> {
    const known = this.#cache.get(frame);
    if (known !== undefined) {
      this.#cache.delete(frame);
      this.#cache.set(frame, known);
      return await known;
    }
    const read = readFrame(this.#files, pack, frame, this.#cipher, options);
    this.#cache.set(frame, read);
    this.#cacheBytes += frame.size;
    read.catch(() => this.#drop(frame));
    for (const [oldest] of this.#cache) {
      if (this.#cacheBytes <= maxCacheBytes || oldest === frame) {
        break;
      }
      this.#drop(oldest);
    }
    return await read;
  }

  #drop(frame: PackFrame): void {
    if (this.#cache.delete(frame)) {
      this.#cacheBytes -= frame.size;
    }
  }
}

async function readFrame(
  files: FileStore,
  pack: string,
  frame: PackFrame,
  cipher: RepositoryCipher,
  options: AbortOptions,
): Promise<Buffer> {
  const path = packPath(pack);
  const { at, length } = frame;
  const part = await files.readBytes(path, { ...options, range: { start: at, end: at + length } }).catch(async (error: unknown) => {
    throw await lossOf({ files, path, error }, options);
  });
  const contents = await decodeFrame(part, frame, cipher);
  if (contents === undefined) {
    throw corrupt(path, `bytes ${at} to ${at + length} are not what was written`);
  }
  return contents;
}

/** The contents of a frame, `undefined` when its bytes were changed; blobs are to be compared with their ids all the same. */
export async function decodeFrame(part: Uint8Array, frame: PackFrame, cipher: RepositoryCipher): Promise<Buffer | undefined> {
  const packed = part.byteLength === frame.length ? cipher.open(part, frameContext(frame)) : undefined;
  const contents = packed && (await decompress(packed, frame.size));
  return contents?.length === frame.size ? contents : undefined;
}
