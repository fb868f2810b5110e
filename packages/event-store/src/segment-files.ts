import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import { SegmentCache } from './segment-cache.ts';
import type { MergedSegment } from './segment-manifest.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** So that a listing has them in the order of their ids. */
const idDigits = 10;

/** Whether a child of the directory of a log belongs to a segmented one. */
export function isSegmentPath(path: string): boolean {
  return firstIdOf(path) !== undefined || path.endsWith('/manifest.json') || path.endsWith('/merged/');
}

function firstIdOf(path: string): number | undefined {
  const name = /\/(\d{10,15})\.jsonl$/.exec(path)?.[1];
  return name === undefined ? undefined : Number(name);
}

/**
 * The files with the lines of a segmented log: segments as they were appended, each named by its first id, so that only one can be the
 * next one; and merged ones.
 */
export class SegmentFiles {
  readonly #files: FileStore;
  readonly #directory: string;
  readonly #cache = new SegmentCache();
  /** The versions of the segments that were read and written. */
  readonly #versions = new WeakMap<Buffer, string>();

  /** @param directory The directory of the log. */
  constructor(files: FileStore, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Where the segment lies whose first event has this id. */
  pathOf(firstId: number): string {
    return `${this.#directory}/${String(firstId).padStart(idDigits, '0')}.jsonl`;
  }

  /** The first ids of the segments from an id on, in their order, with the versions of the files. */
  async list(fromId: number, { signal }: AbortOptions): Promise<ReadonlyMap<number, string>> {
    const versions = new Map<number, string>();
    const startAfter = this.pathOf(fromId).slice(0, -'.jsonl'.length);
    for await (const entry of this.#files.entries(this.#directory, { startAfter, signal })) {
      const firstId = firstIdOf(entry.path);
      if (firstId !== undefined && entry.kind === 'file') {
        versions.set(firstId, entry.version);
        this.#cache.check(entry.path, entry.version);
      }
    }
    return versions;
  }

  /** The first ones of some segments, as many as have at most so many bytes together, and one at least. */
  async firstOf(slots: readonly number[], maxBytes: number, { signal }: AbortOptions): Promise<readonly number[]> {
    const [from = 0] = slots;
    const startAfter = this.pathOf(from).slice(0, -'.jsonl'.length);
    let [count, bytes] = [0, 0];
    for await (const entry of this.#files.entries(this.#directory, { startAfter, limit: slots.length, signal })) {
      bytes += entry.kind === 'file' ? entry.size : 0;
      if (count > 0 && bytes > maxBytes) {
        break;
      }
      count += 1;
    }
    return slots.slice(0, count);
  }

  /** A segment that this object knows to be real, see {@link trust}. */
  trusted(firstId: number): Buffer | undefined {
    return this.#cache.get(this.pathOf(firstId));
  }

  /** Keeps a segment that is known to be real: the boundary was at or below it after it was read or written. */
  trust(firstId: number, contents: Buffer): void {
    const version = this.#versions.get(contents);
    if (version !== undefined) {
      this.#cache.set(this.pathOf(firstId), contents, version);
    }
  }

  /** The version of a segment that was read or written here. */
  versionOf(contents: Buffer): string | undefined {
    return this.#versions.get(contents);
  }

  /** The version of a segment in the store; `undefined` when it is not there. */
  async version(firstId: number, { signal }: AbortOptions): Promise<string | undefined> {
    try {
      return (await this.#files.stat(this.pathOf(firstId), { signal })).version;
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  /** The lines of a segment; `undefined` when it is not there. */
  async read(firstId: number, options: AbortOptions): Promise<Buffer | undefined> {
    const contents = this.trusted(firstId);
    if (contents !== undefined) {
      return contents;
    }
    const file = await this.#readFile(this.pathOf(firstId), options);
    if (file !== undefined) {
      this.#versions.set(file.contents, file.version);
    }
    return file?.contents;
  }

  /** Writes a segment, if there is none with this first id. @returns Whether there was none. */
  async claim(firstId: number, contents: Buffer, { signal }: AbortOptions): Promise<boolean> {
    try {
      const { version } = await this.#files.write(this.pathOf(firstId), contents, { ifAbsent: true, signal });
      this.#versions.set(contents, version);
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'already-exists')) {
        return false;
      }
      throw error;
    }
  }

  /** Deletes a segment, where the store can only when it has the version: the conversation may have been made anew, and have another one there. */
  async delete(firstId: number, version: string | undefined, { signal }: AbortOptions): Promise<void> {
    const { conditions, conditionalDelete = conditions } = this.#files.capabilities;
    try {
      await this.#files.delete(this.pathOf(firstId), { ifVersion: conditionalDelete ? version : undefined, signal });
    } catch (error) {
      if (!hasErrorCode(error, 'version-mismatch')) {
        throw error;
      }
    }
  }

  /** The lines of a merged segment; `undefined` when it is not there, `null` when it cannot be decompressed. */
  async readMerged({ path, size }: MergedSegment, options: AbortOptions): Promise<Buffer | undefined | null> {
    const known = this.#cache.get(path);
    if (known !== undefined) {
      return known;
    }
    const stored = await this.#readFile(path, options);
    if (stored === undefined) {
      return undefined;
    }
    const contents = await decompress(stored.contents, { maxOutputLength: Math.max(1, size) }).catch(() => null);
    if (contents !== null) {
      this.#cache.set(path, contents, stored.version);
    }
    return contents;
  }

  /**
   * Writes a merged segment, compressed.
   *
   * @param sequence The version of the manifest that is to name it: once there is that version without it, it can be deleted.
   */
  async writeMerged(firstId: number, endId: number, sequence: number, contents: Buffer, { signal }: AbortOptions): Promise<MergedSegment> {
    const path = `${this.#mergedDirectory}/${sequence}-${firstId}-${endId}-${crypto.randomUUID()}.jsonl.zst`;
    const packed = await compress(contents, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    const { version } = await this.#files.write(path, packed, { ifAbsent: true, signal });
    this.#cache.set(path, contents, version);
    return { path, firstId, endId, size: contents.byteLength };
  }

  async deleteMerged(path: string, { signal }: AbortOptions): Promise<void> {
    this.#cache.delete(path);
    await this.#files.delete(path, { signal });
  }

  /** The merged segments that are there, whether a manifest names them or not. */
  async listMerged({ signal }: AbortOptions): Promise<readonly { readonly path: string; readonly sequence: number }[]> {
    const paths = await this.#files.list(this.#mergedDirectory, { signal });
    return paths.flatMap((path) => {
      const sequence = /\/(\d{1,15})-[^/]*\.jsonl\.zst$/.exec(path)?.[1];
      return sequence === undefined ? [] : [{ path, sequence: Number(sequence) }];
    });
  }

  get #mergedDirectory(): string {
    return `${this.#directory}/merged`;
  }

  async #readFile(path: string, { signal }: AbortOptions): Promise<{ readonly contents: Buffer; readonly version: string } | undefined> {
    try {
      const file = await this.#files.open(path, { signal });
      const bytes = await file.bytes();
      return { contents: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), version: file.info.version };
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }
}
