import { createHash } from 'node:crypto';
import {
  type DeleteOptions,
  type FileContents,
  type FileInfo,
  hasErrorCode,
  type OpenFile,
  type ReadOptions,
  type WriteCondition,
  type WriteOptions,
} from '@oh/file-store-core';
import { LocalFileStore, type LocalFileStoreOptions } from '@oh/file-store-local';
import type { Contents } from './history.ts';
import type { HistoryLog } from './history-log.ts';

/** A local store that writes down every read of a text file and every conditional change, whoever makes it: `updateFile` and leases too. */
export class HistoryStore extends LocalFileStore {
  readonly #log: HistoryLog;
  /** The contents of each version that this process has met. */
  readonly #contents = new Map<string, string>();

  constructor(options: LocalFileStoreOptions, log: HistoryLog) {
    super(options);
    this.#log = log;
  }

  override async open(path: string, options: ReadOptions = {}): Promise<OpenFile> {
    const call = this.#log.read(path);
    try {
      const file = await super.open(path, options);
      const text = await file.text();
      this.#log.done(call, this.#remember(file.info, hashOf(text)));
      file.text = () => Promise.resolve(text);
      return file;
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        this.#log.done(call, undefined);
      }
      throw error;
    }
  }

  override async write(path: string, contents: FileContents, options: WriteOptions = {}): Promise<FileInfo> {
    const hash = hashOf(String(contents));
    return await this.#change(path, options, hash, async () => {
      const info = await super.write(path, contents, options);
      this.#remember(info, hash);
      return info;
    });
  }

  override async delete(path: string, options: DeleteOptions = {}): Promise<void> {
    await this.#change(path, options, undefined, () => super.delete(path, options));
  }

  async #change<T>(path: string, condition: WriteCondition, replacement: Contents, change: () => Promise<T>): Promise<T> {
    const call = this.#log.change(path, this.#expectedBy(path, condition), replacement);
    try {
      const result = await change();
      this.#log.done(call, replacement);
      return result;
    } catch (error) {
      if (hasErrorCode(error, 'version-mismatch') || hasErrorCode(error, 'already-exists')) {
        this.#log.refused(call);
      }
      throw error;
    }
  }

  #expectedBy(path: string, { ifAbsent, ifVersion }: WriteCondition): Contents {
    const contents = this.#contents.get(`${path} ${ifVersion}`);
    if (ifAbsent !== true && contents === undefined) {
      throw new TypeError('only a change of nothing, or of what was read before, can be judged');
    }
    return contents;
  }

  #remember({ path, version }: FileInfo, contents: string): string {
    this.#contents.set(`${path} ${version}`, contents);
    return contents;
  }
}

/** Short, and of all of the contents: a torn file is one that nobody wrote. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
