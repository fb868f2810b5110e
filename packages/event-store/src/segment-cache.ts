/** Bytes that are kept at most. */
const maxBytes = 16 * 1024 * 1024;

/** Files that never change, as they were last used. */
export class SegmentCache {
  readonly #contents = new Map<string, Buffer>();
  #bytes = 0;

  get(path: string): Buffer | undefined {
    const contents = this.#contents.get(path);
    if (contents !== undefined) {
      this.#contents.delete(path);
      this.#contents.set(path, contents);
    }
    return contents;
  }

  set(path: string, contents: Buffer): void {
    this.delete(path);
    this.#contents.set(path, contents);
    this.#bytes += contents.byteLength;
    for (const oldest of this.#contents.keys()) {
      if (this.#bytes <= maxBytes) {
        return;
      }
      this.delete(oldest);
    }
  }

  delete(path: string): void {
    this.#bytes -= this.#contents.get(path)?.byteLength ?? 0;
    this.#contents.delete(path);
  }
}
