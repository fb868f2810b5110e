import { type AbortOptions, type FileStore, hasErrorCode } from '@oh/file-store-core';
import { type LogLine, splitBlocks, splitLines } from './split-lines.ts';

/** Bytes read at first, and at most, at a time: each read opens the file anew, and two blocks are in memory at once. */
const firstBlockBytes = 64 * 1024;
const maxBlockBytes = 512 * 1024;

const newline = 0x0a;

/** What tells whether a file has changed: its size alone does not, where it was made anew. */
export interface FileState {
  readonly size: number;
  readonly version: string | undefined;
}

/** A file of lines that grows at its end, read in blocks from any place. */
export class LogFile {
  readonly path: string;
  readonly #files: FileStore;

  constructor(files: FileStore, path: string) {
    this.#files = files;
    this.path = path;
  }

  /** Its size in bytes and its version; 0 and none when it is missing. */
  async look({ signal }: AbortOptions): Promise<FileState> {
    try {
      const { size, version } = await this.#files.stat(this.path, { signal });
      return { size, version };
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return { size: 0, version: undefined };
      }
      throw error;
    }
  }

  /** The bytes from `start` to before `end`, fewer where the file ends; none when it is missing. */
  async read(start: number, end: number, { signal }: AbortOptions): Promise<Buffer> {
    try {
      const bytes = await this.#files.readBytes(this.path, { range: { start, end }, signal });
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return Buffer.alloc(0);
      }
      throw error;
    }
  }

  /** The lines from `start`, where one begins, that end before `end`. */
  async *forward(start: number, end: number, options: AbortOptions): AsyncGenerator<readonly LogLine[], void, undefined> {
    yield* splitBlocks(this.#blocks(start, end, options), start);
  }

  /** The lines before `end`, the last one first. */
  async *backward(end: number, options: AbortOptions): AsyncGenerator<readonly LogLine[], void, undefined> {
    let position = end;
    // What the line that a block begins within consists of, from there on: it is put together once.
    let begun: Buffer[] = [];
    for (let size = firstBlockBytes; position > 0; size = Math.min(2 * size, maxBlockBytes)) {
      const start = Math.max(0, position - size);
      const block = await this.read(start, position, options);
      if (block.byteLength < position - start) {
        return;
      }
      position = start;
      const cut = start === 0 ? 0 : block.indexOf(newline) + 1;
      if (start > 0 && cut === 0) {
        begun.unshift(block);
        continue;
      }
      const lines = splitLines(begun.length === 0 ? block.subarray(cut) : Buffer.concat([block.subarray(cut), ...begun]), start + cut);
      begun = cut === 0 ? [] : [block.subarray(0, cut)];
      if (lines.length > 0) {
        yield lines.reverse();
      }
    }
  }

  /** The bytes from `start` to `end`; once that is many blocks the next one is fetched while one is used. */
  async *#blocks(start: number, end: number, options: AbortOptions): AsyncGenerator<Buffer, void, undefined> {
    let next: Promise<Buffer> | undefined;
    for (let from = start, size = firstBlockBytes; from < end; size = Math.min(2 * size, maxBlockBytes)) {
      const block = await (next ?? this.read(from, Math.min(end, from + size), options));
      from += block.byteLength;
      if (block.byteLength === 0) {
        return;
      }
      next = size === maxBlockBytes && from < end ? this.read(from, Math.min(end, from + maxBlockBytes), options) : undefined;
      // Whoever leaves the loop before awaits it no more.
      next?.catch(() => undefined);
      yield block;
    }
  }
}
