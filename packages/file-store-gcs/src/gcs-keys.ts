import { FileStoreError, maxPathBytes, normalizePath } from '@oh/file-store-core';

/** Where the files of a store lie in its bucket: paths are object names, after the store's prefix, as they are. */
export class GcsKeys {
  readonly bucket: string;
  readonly #prefix: string;

  /** @throws {FileStoreError} `invalid-path` when `prefix` is no path. */
  constructor(bucket: string, prefix: string) {
    const directory = normalizePath(prefix);
    this.bucket = bucket;
    this.#prefix = directory === '' ? '' : `${directory}/`;
  }

  /** The object's name for a path. @throws {FileStoreError} `invalid-path` when the prefix makes it too long. */
  toKey(path: string): string {
    const key = this.#prefix + path;
    if (Buffer.byteLength(key) > maxPathBytes) {
      const message = `${JSON.stringify(path)} is longer than ${maxPathBytes} bytes together with the store's prefix`;
      throw new FileStoreError('invalid-path', message, { path });
    }
    return key;
  }

  /** What the names of all objects below a directory begin with. */
  toDirectoryKey(path: string): string {
    return path === '' ? this.#prefix : `${this.#prefix}${path}/`;
  }

  /**
   * The path of an object met in a listing.
   *
   * @returns `undefined` for a name that no path has: other programs may make `a//b` or `folder/`.
   */
  toPath(key: string): string | undefined {
    const path = key.slice(this.#prefix.length);
    try {
      return path !== '' && normalizePath(path) === path ? path : undefined;
    } catch {
      return undefined;
    }
  }

  /** Target of a request about an object, for the JSON API. */
  toObjectTarget(key: string): string {
    return `${this.toListTarget()}/${encodeURIComponent(key)}`;
  }

  /** Target of a request that lists objects. */
  toListTarget(): string {
    return `/storage/v1/b/${encodeURIComponent(this.bucket)}/o`;
  }

  /** Target of a request that makes an object. */
  toUploadTarget(): string {
    return `/upload${this.toListTarget()}`;
  }

  /** Target of a request for contents, for the XML API. */
  toContentTarget(key: string): string {
    return `/${encodeURIComponent(this.bucket)}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }
}
