import {
  type CopyOptions,
  createFileStore,
  type DeleteOptions,
  type DriverAppendOptions,
  type DriverEntriesOptions,
  type DriverFile,
  type DriverReadOptions,
  type DriverWriteOptions,
  type FileEntry,
  type FileInfo,
  type FileStore,
  type FileStoreCapabilities,
  type FileStoreDriver,
  FileStoreError,
  hasErrorCode,
} from '@oh/file-store-core';
import type { Schedule } from './schedule.ts';

/** Options of {@link scheduledFileStore}. */
export interface ScheduledFileStoreOptions {
  readonly actor: string;
  readonly schedule: Schedule;
  /** What the store cannot do. Default: it can what `files` can. */
  readonly capabilities?: Partial<FileStoreCapabilities> | undefined;
}

/** A view of a store for one actor: each operation waits for its turn, and meets the fault that is planned. Closing it leaves `files` open. */
export function scheduledFileStore(files: FileStore, options: ScheduledFileStoreOptions): FileStore {
  return createFileStore(new ScheduledDriver(files, options));
}

class ScheduledDriver implements FileStoreDriver {
  readonly decorates: FileStore;
  readonly capabilities: FileStoreCapabilities;
  readonly #actor: string;
  readonly #schedule: Schedule;

  constructor(files: FileStore, { actor, schedule, capabilities }: ScheduledFileStoreOptions) {
    this.decorates = files;
    this.capabilities = { ...files.capabilities, ...capabilities };
    this.#actor = actor;
    this.#schedule = schedule;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    const bytes = contents instanceof Uint8Array ? contents : Buffer.concat(await Array.fromAsync(contents));
    const write = (): Promise<FileInfo> => this.decorates.write(path, bytes, options);
    return await this.#run('write', path, write, (first) => this.#writeAgain(path, first, write));
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#run('append', path, () => this.decorates.append(path, contents, options));
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#run('open', path, async () => {
      const file = await this.decorates.open(path, options);
      return { info: file.info, body: await file.bytes() };
    });
  }

  async stat(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<FileInfo> {
    return await this.#run('stat', path, () => this.decorates.stat(path, options));
  }

  async list(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<string[]> {
    return await this.#run('list', path, () => this.decorates.list(path, options));
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    yield* await this.#run('entries', path, () => Array.fromAsync(this.decorates.entries(path, options)));
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    const below = this.capabilities.append ? [] : await Array.fromAsync(this.decorates.entries(path, { recursive: true }));
    const isDirectory = below.length > 0 && options.ifVersion === undefined;
    const remove = (): Promise<void> => (isDirectory ? Promise.resolve() : this.decorates.delete(path, options));
    await this.#run('delete', path, remove, () => this.#deleteAgain(path, remove));
    if (isDirectory) {
      await this.#deleteBelow(path);
    }
  }

  /** Object stores have no directories: what is in one is listed, then deleted bit by bit. */
  async #deleteBelow(path: string): Promise<void> {
    const files = await this.#run('entries', path, () => Array.fromAsync(this.decorates.entries(path, { recursive: true })));
    const half = Math.ceil(files.length / 2);
    for (const some of [files.slice(0, half), files.slice(half)]) {
      const remove = async (): Promise<void> => {
        for (const file of some) {
          await this.decorates.delete(file.path);
        }
      };
      await this.#run('delete', path, remove, () => this.#run('delete', path, remove));
    }
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#run('copy', from, () => this.decorates.copy(from, to, options), undefined, to);
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#run('move', from, () => this.decorates.move(from, to, options), undefined, to);
  }

  async #run<T>(name: string, path: string, action: () => Promise<T>, again?: (first: T) => Promise<T>, to?: string): Promise<T> {
    const fault = await this.#schedule.arrive({ actor: this.#actor, name, path, to });
    if (fault === 'fails') {
      throw new FileStoreError('unavailable', `${name} of "${path}" is not done, on purpose`, { path });
    }
    const result = await action();
    if (fault === 'lost') {
      throw new FileStoreError('unavailable', `the answer to ${name} of "${path}" is lost, on purpose`, { path, retryable: false });
    }
    return fault === 'repeated' && again !== undefined ? await again(result) : result;
  }

  /** A write that loses against itself looks whether it has won, as the object stores do. */
  async #writeAgain(path: string, { version }: FileInfo, write: () => Promise<FileInfo>): Promise<FileInfo> {
    try {
      return await this.#run('write', path, write);
    } catch (error) {
      if (!(hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch'))) {
        throw error;
      }
      const seen = await this.stat(path, {}).catch((lookError: unknown) => {
        if (hasErrorCode(lookError, 'not-found')) {
          return undefined;
        }
        throw lookError;
      });
      if (seen?.version === version) {
        return seen;
      }
      throw error;
    }
  }

  /** A deletion under a condition that finds nothing does not know whether it was itself. */
  async #deleteAgain(path: string, remove: () => Promise<void>): Promise<void> {
    try {
      await this.#run('delete', path, remove);
    } catch (error) {
      if (hasErrorCode(error, 'version-mismatch') && !(await this.decorates.exists(path))) {
        throw new FileStoreError('unavailable', `an answer was lost, and "${path}" is gone`, { path, cause: error, retryable: false });
      }
      throw error;
    }
  }
}
