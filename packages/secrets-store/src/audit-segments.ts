import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';

/** A segment that is full is followed by another one. Where a store cannot append, each entry writes its segment anew. */
const maxSegmentBytes = 64 * 1024;

/** A file of an audit log. */
export interface AuditSegment {
  readonly path: string;
  readonly text: string;
  readonly version: string;
}

/** The files of an audit log, `00000001.jsonl` and so on, which only grow. */
export class AuditSegments {
  readonly #files: FileStore;
  readonly #directory: string;

  constructor(files: FileStore, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** The last segment and, there or before it, the last line that is whole; `undefined` when there is none. */
  async end(options: AbortOptions): Promise<{ readonly last: AuditSegment | undefined; readonly line: string | undefined }> {
    const paths = await this.#paths(options);
    let last: AuditSegment | undefined;
    for (const path of paths.toReversed()) {
      const segment = await this.#read(path, options);
      last ??= segment;
      const line = segment.text.split('\n').slice(0, -1).at(-1);
      if (line !== undefined) {
        return { last, line };
      }
    }
    return { last, line: undefined };
  }

  /** All segments in their order. */
  async *all(options: AbortOptions): AsyncGenerator<AuditSegment, void, undefined> {
    for (const path of await this.#paths(options)) {
      yield await this.#read(path, options);
    }
  }

  /**
   * Adds a line after `last`, or in a new segment when that one is full or ends in a line that was torn.
   *
   * @returns Whether `last` was still the last: if not, nothing was written.
   */
  async append(line: string, last: AuditSegment | undefined, { signal }: AbortOptions): Promise<boolean> {
    try {
      if (last === undefined || Buffer.byteLength(last.text) >= maxSegmentBytes || !last.text.endsWith('\n')) {
        await this.#files.write(this.#nextPath(last), `${line}\n`, { ifAbsent: true, signal });
      } else if (this.#files.capabilities.append) {
        await this.#files.append(last.path, `${line}\n`, { ifSize: Buffer.byteLength(last.text), signal });
      } else {
        await this.#files.write(last.path, `${last.text}${line}\n`, { ifVersion: last.version, signal });
      }
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch')) {
        return false;
      }
      throw error;
    }
  }

  async #paths({ signal }: AbortOptions): Promise<readonly string[]> {
    const paths = await this.#files.list(this.#directory, { signal });
    return paths.filter((path) => /\/\d{8}\.jsonl$/.test(path));
  }

  async #read(path: string, { signal }: AbortOptions): Promise<AuditSegment> {
    const file = await this.#files.open(path, { signal });
    return { path, version: file.info.version, text: await file.text() };
  }

  #nextPath(last: AuditSegment | undefined): string {
    const number = last === undefined ? 0 : Number(last.path.slice(-14, -6));
    return `${this.#directory}/${String(number + 1).padStart(8, '0')}.jsonl`;
  }
}
