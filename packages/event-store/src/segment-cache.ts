/** Bytes that are kept at most. */
const maxBytes = 16 * 1024 * 1024;

/** A file and its version. */
interface CachedFile {
  readonly contents: Buffer;
  readonly version: string;
}

/** Files that never change, as they were last used. Only where a conversation was deleted and made anew is another one under the same path. */
export class SegmentCache {
  readonly #files = new Map<string, CachedFile>();
  #bytes = 0;

  get(path: string): Buffer | undefined {
    const file = this.#files.get(path);
    if (file !== undefined) {
      this.#files.delete(path);
      this.#files.set(path, file);
    }
    return file?.contents;
  }

  set(path: string, contents: Buffer, version: string): void {
    this.delete(path);
    this.#files.set(path, { contents, version });
    this.#bytes += contents.byteLength;
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= maxBytes) {
        return;
      }
      this.delete(oldest);
    }
  }

  /** Forgets a file that is another one by now. */
  check(path: string, version: string): void {
    if (this.#files.get(path)?.version !== version) {
      this.delete(path);
    }
  }

  delete(path: string): void {
    this.#bytes -= this.#files.get(path)?.contents.byteLength ?? 0;
    this.#files.delete(path);
  }
}
