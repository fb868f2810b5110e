import { type AbortOptions, type FileInfo, hasErrorCode, type OpenFile, type WriteCondition, type WriteOptions } from '@oh/file-store-core';
import { changedMeanwhile } from './changed-meanwhile.ts';
import type { TransferFlow } from './transfer-flow.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** Files up to this size are read into memory and written by one request; larger ones are streamed. */
const wholeBytes = 1024 * 1024;

/** What one copy is given. */
export interface CopyFileOptions extends AbortOptions {
  /** What must be true at the target. Default: nothing. */
  readonly condition?: WriteCondition | undefined;
  /** Called when the file is read, where the rest is done together with others. */
  readonly release?: (() => void) | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A copy that was made: both files have the same contents. */
export interface CopiedFile {
  readonly size: number;
  /** The version that was read; `undefined` where the backend copied inside and does not say. */
  readonly from: string | undefined;
  /** The version that was written. */
  readonly to: string;
}

/** A file that was read, and is written together with others. */
interface BatchedFile {
  readonly from: string;
  /** Does the rest. */
  readonly write: () => Promise<FileInfo>;
}

/** Copies files from one place to another, each whole or not at all, in bounded memory. */
export class FileCopier {
  readonly #from: TransferPlace;
  readonly #to: TransferPlace;
  readonly #flow: TransferFlow | undefined;
  #conditions: boolean;
  #lostMetadata = false;

  /** @param flow How much is done at a time. Default: whatever is asked for. */
  constructor(from: TransferPlace, to: TransferPlace, flow?: TransferFlow) {
    this.#from = from;
    this.#to = to;
    this.#flow = flow;
    this.#conditions = to.store.capabilities.conditions;
  }

  /** Whether the target has had no place for the content type or the metadata of a file. */
  get lostMetadata(): boolean {
    return this.#lostMetadata;
  }

  /** Whether the target holds conditions itself; where not, it is looked at before each write, which leaves a moment between the two. */
  get holdsConditions(): boolean {
    return this.#conditions;
  }

  /**
   * Copies a file.
   *
   * @param path Below the place it comes from. @param target Below the place it goes to.
   * @throws {FileStoreError} `already-exists` and `version-mismatch` when the condition does not hold; what reading and writing throw.
   */
  async copy(path: string, target: string, options: CopyFileOptions = {}): Promise<CopiedFile> {
    const { condition = {} } = options;
    if (this.#conditions || !isConditional(condition)) {
      try {
        return await this.#copy(path, target, condition, options);
      } catch (error) {
        if (!(isConditional(condition) && hasErrorCode(error, 'unsupported'))) {
          throw error;
        }
      }
    }
    await this.#look(target, condition, options);
    const copied = await this.#copy(path, target, {}, options);
    this.#conditions = false;
    return copied;
  }

  async #copy(path: string, target: string, condition: WriteCondition, options: CopyFileOptions): Promise<CopiedFile> {
    const begun = await this.#begin(pathIn(this.#from, path), pathIn(this.#to, target), condition, options);
    if (!('write' in begun)) {
      return begun;
    }
    const writing = begun.write();
    options.release?.();
    const { size, version } = await writing;
    return { size, from: begun.from, to: version };
  }

  /** Copies a file, or reads it where the rest is done together with others. */
  async #begin(
    source: string,
    destination: string,
    condition: WriteCondition,
    options: CopyFileOptions,
  ): Promise<CopiedFile | BatchedFile> {
    const { signal } = options;
    if (this.#from.store === this.#to.store) {
      const { size, version } = await this.#to.store.copy(source, destination, { ...condition, signal });
      options.onBytes?.(size);
      return { size, from: undefined, to: version };
    }
    const file = await this.#from.store.open(source, { signal });
    try {
      const { info } = file;
      const kept = this.#kept(info);
      const batches = this.#flow?.batchesFor(info.size);
      if (batches !== undefined) {
        const write = { path: destination, contents: await readWhole(file, options), ...condition, ...kept };
        return { from: info.version, write: () => batches.write(write) };
      }
      const contents = info.size <= wholeBytes ? await readWhole(file, options) : counted(file, options);
      const { size, version } = await this.#to.store.write(destination, contents, { ...condition, signal, ...kept });
      return { size, from: info.version, to: version };
    } finally {
      await file.close();
    }
  }

  async #look(target: string, { ifAbsent, ifVersion }: WriteCondition, { signal }: AbortOptions): Promise<void> {
    const version = await versionOf(this.#to, target, { signal });
    if (ifAbsent === true ? version !== undefined : version !== ifVersion) {
      throw changedMeanwhile(pathIn(this.#to, target), ifAbsent === true ? 'already-exists' : 'version-mismatch');
    }
  }

  #kept({ contentType, metadata }: FileInfo): Pick<WriteOptions, 'contentType' | 'metadata'> {
    if (this.#to.store.capabilities.metadata) {
      return { contentType, metadata };
    }
    this.#lostMetadata ||= contentType !== undefined || metadata !== undefined;
    return {};
  }
}

/** The version of a file below a place; `undefined` where there is none. */
export async function versionOf(place: TransferPlace, path: string, options: AbortOptions): Promise<string | undefined> {
  try {
    return (await place.store.stat(pathIn(place, path), options)).version;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

function isConditional({ ifAbsent, ifVersion }: WriteCondition): boolean {
  return ifAbsent === true || ifVersion !== undefined;
}

async function readWhole(file: OpenFile, { onBytes }: CopyFileOptions): Promise<Uint8Array> {
  const bytes = await file.bytes();
  onBytes?.(bytes.byteLength);
  return bytes;
}

async function* counted(file: OpenFile, { onBytes }: CopyFileOptions): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of file.stream()) {
    onBytes?.(chunk.byteLength);
    yield chunk;
  }
}
