import { clampRange, collectBytes, copyBytes } from './bytes.ts';
import type { CopyOptions, DeleteOptions, FileEntry, FileInfo, FileStoreCapabilities, WriteCondition } from './file-store.ts';
import type {
  DriverAppendOptions,
  DriverEntriesOptions,
  DriverFile,
  DriverReadOptions,
  DriverWriteOptions,
  FileStoreDriver,
} from './file-store-driver.ts';
import { FileStoreError } from './file-store-error.ts';
import { MemoryDirectory, type MemoryFile } from './memory-directory.ts';
import { walkTree } from './walk-tree.ts';

/** The driver of `MemoryFileStore`. Every change happens in one synchronous step, which makes it atomic. */
export class MemoryDriver implements FileStoreDriver {
  readonly capabilities: FileStoreCapabilities = {
    conditions: true,
    append: true,
    metadata: true,
    fileBesideDirectory: true,
    maxFileBytes: Number.POSITIVE_INFINITY,
  };
  readonly #root = new MemoryDirectory();
  readonly #maxBytes: number;
  readonly #now: () => Date;
  #usedBytes = 0;
  /** Begins all versions, so that no two stores give different contents the same one. */
  readonly #versionPrefix = crypto.randomUUID().slice(0, 18);
  #lastVersion = 0;

  constructor(maxBytes: number, now: () => Date) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    this.#checkCondition(path, options);
    const buffer = contents instanceof Uint8Array ? inOwnMemory(contents) : await collectBytes(contents);
    options.signal?.throwIfAborted();
    this.#checkCondition(path, options);
    return this.#put(path, buffer, buffer.byteLength, options);
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    this.#checkCondition(path, options);
    const current = this.#find(path);
    const size = current?.size ?? 0;
    if (options.ifSize !== undefined && options.ifSize !== size) {
      throw new FileStoreError('version-mismatch', `${quote(path)} has ${size} bytes, not ${options.ifSize}`, { path });
    }
    this.#checkSpace(path, contents.byteLength);
    return this.#put(path, extend(current, contents), size + contents.byteLength, current ?? {});
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    const file = this.#get(path);
    const { start, end } = clampRange(options.range, file.size);
    return { info: toInfo(path, file), body: file.buffer.slice(start, end) };
  }

  async stat(path: string): Promise<FileInfo> {
    return toInfo(path, this.#get(path));
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const readNames = (directory: string): readonly string[] => this.#directory(directory)?.names ?? [];
    for await (const run of walkTree(path, readNames, options)) {
      for (const child of run) {
        const entry = this.#toEntry(child);
        if (entry !== undefined) {
          yield entry;
        }
      }
    }
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    this.#checkCondition(path, options);
    this.#remove(path, options.ifVersion === undefined);
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const file = this.#get(from);
    this.#checkCondition(to, options);
    return this.#put(to, file.buffer.slice(0, file.size), file.size, file);
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const file = this.#get(from);
    this.#checkCondition(to, options);
    this.#remove(from, false);
    return this.#put(to, file.buffer, file.size, file);
  }

  #put(path: string, buffer: Uint8Array, size: number, kept: Pick<MemoryFile, 'contentType' | 'metadata'>): FileInfo {
    const growth = size - (this.#find(path)?.size ?? 0);
    this.#checkSpace(path, growth);
    this.#lastVersion += 1;
    const { contentType, metadata } = kept;
    const file = {
      buffer,
      size,
      version: `${this.#versionPrefix}-${this.#lastVersion}`,
      modifiedAt: this.#now(),
      contentType,
      metadata,
    };
    let directory = this.#root;
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    for (const segment of segments) {
      directory = directory.enter(segment);
    }
    directory.setFile(name, file);
    this.#usedBytes += growth;
    return toInfo(path, file);
  }

  #remove(path: string, withDirectory: boolean): void {
    const { parents, name } = this.#parents(path);
    const parent = parents.at(-1);
    if (parent === undefined) {
      return;
    }
    this.#usedBytes -= parent.files.get(name)?.size ?? 0;
    parent.deleteFile(name);
    if (withDirectory) {
      this.#usedBytes -= parent.directories.get(name)?.countBytes() ?? 0;
      parent.deleteDirectory(name);
    }
    this.#prune(path, parents);
  }

  #checkSpace(path: string, growth: number): void {
    if (growth > 0 && this.#usedBytes + growth > this.#maxBytes) {
      throw new FileStoreError('no-space', `${quote(path)} does not fit: the store is limited to ${this.#maxBytes} bytes`, { path });
    }
  }

  #checkCondition(path: string, { ifAbsent, ifVersion }: WriteCondition): void {
    const file = this.#find(path);
    if (ifAbsent === true && file !== undefined) {
      throw new FileStoreError('already-exists', `${quote(path)} is already there`, { path });
    }
    if (ifVersion !== undefined && ifVersion !== file?.version) {
      throw new FileStoreError('version-mismatch', `${quote(path)} ${file === undefined ? 'is missing' : 'has another version'}`, { path });
    }
  }

  #get(path: string): MemoryFile {
    const file = this.#find(path);
    if (file === undefined) {
      throw new FileStoreError('not-found', `no file at ${quote(path)}`, { path });
    }
    return file;
  }

  /** @returns Nothing for a file that has gone since its name was read. */
  #toEntry(path: string): FileEntry | undefined {
    if (path.endsWith('/')) {
      return { kind: 'directory', path };
    }
    const file = this.#find(path);
    return file && { kind: 'file', path, size: file.size, version: file.version, modifiedAt: file.modifiedAt };
  }

  #find(path: string): MemoryFile | undefined {
    const { parents, name } = this.#parents(path);
    return parents.at(-1)?.files.get(name);
  }

  #directory(path: string): MemoryDirectory | undefined {
    if (path === '') {
      return this.#root;
    }
    const { parents, name } = this.#parents(path);
    return parents.at(-1)?.directories.get(name);
  }

  /** The directories on the way to `path`, the root first; none when one is missing. */
  #parents(path: string): { readonly parents: readonly MemoryDirectory[]; readonly name: string } {
    const segments = path.split('/');
    const name = segments.pop() ?? '';
    const parents = [this.#root];
    let directory: MemoryDirectory | undefined = this.#root;
    for (const segment of segments) {
      directory = directory.directories.get(segment);
      if (directory === undefined) {
        return { parents: [], name };
      }
      parents.push(directory);
    }
    return { parents, name };
  }

  /** Removes the directories on the way to `path` that have become empty. */
  #prune(path: string, parents: readonly MemoryDirectory[]): void {
    const segments = path.split('/');
    for (let depth = parents.length - 1; depth > 0 && parents[depth]?.isEmpty === true; depth -= 1) {
      parents[depth - 1]?.deleteDirectory(segments[depth - 1] ?? '');
    }
  }
}

/** An array, which nobody changes, as it is; unless it lies among bytes of others, which would stay as long. */
function inOwnMemory(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : copyBytes(bytes);
}

/** The old bytes and the new ones behind them, copied only when the room does not suffice, so that appending n bytes costs O(n). */
function extend(file: MemoryFile | undefined, contents: Uint8Array): Uint8Array {
  const size = (file?.size ?? 0) + contents.byteLength;
  let buffer = file?.buffer ?? new Uint8Array(contents.byteLength);
  if (size > buffer.byteLength) {
    buffer = new Uint8Array(size * 2);
    buffer.set(file?.buffer.subarray(0, file.size) ?? []);
  }
  buffer.set(contents, file?.size ?? 0);
  return buffer;
}

function toInfo(path: string, { size, version, modifiedAt, contentType, metadata }: MemoryFile): FileInfo {
  const info: FileInfo = { path, size, version, modifiedAt };
  return contentType === undefined && metadata === undefined ? info : { ...info, contentType, metadata: metadata && { ...metadata } };
}

function quote(path: string): string {
  return JSON.stringify(path);
}
