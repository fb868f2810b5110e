import type { CopyOptions, DeleteOptions, FileEntry, FileInfo, FileStore, FileStoreCapabilities } from '../file-store.ts';
import type {
  DriverAppendOptions,
  DriverEntriesOptions,
  DriverFile,
  DriverReadOptions,
  DriverWriteOptions,
  FileStoreDriver,
} from '../file-store-driver.ts';
import { FileStoreError, type FileStoreErrorCode } from '../file-store-error.ts';
import type { FileStoreOperationName } from '../operation-channel.ts';
import { PortableFileStore } from '../portable-file-store.ts';
import { seededRandom } from './seeded-random.ts';

/** What goes wrong, and when. */
export interface FileStoreFault {
  /** Of these operations only. `open` is also what `read`, `readBytes` and `readStream` are, `stat` what `exists` is. Default: any. */
  readonly operations?: readonly FileStoreOperationName[] | undefined;
  /** Of these paths only; of a copy or a move `from` counts. Default: any. */
  readonly match?: ((path: string) => boolean) | undefined;
  /** `before`: the operation is not done; `after`: it is done, and its answer is lost. Default: `before`. */
  readonly at?: 'before' | 'after' | undefined;
  /** The code of the error. Default: `unavailable`. */
  readonly code?: FileStoreErrorCode | undefined;
  /** Operations that match and are spared first. Default: 0. */
  readonly skip?: number | undefined;
  /** How often it strikes at most. Default: always. */
  readonly times?: number | undefined;
  /** How likely it strikes where it could, 0 to 1. Default: 1. */
  readonly probability?: number | undefined;
}

/** Options of {@link createFaultyFileStore}. */
export interface FaultyFileStoreOptions {
  /** The first one that strikes decides. */
  readonly faults: readonly FileStoreFault[];
  /** Of the chances: the same operations in the same order meet the same faults. Default: 1. */
  readonly seed?: number | undefined;
}

/** A store whose operations fail on purpose. */
export interface FaultyFileStore extends FileStore {
  /** How often a fault has struck. */
  readonly faultCount: number;
}

/**
 * A store that does what `store` does, but for operations that fail on purpose: for tests of what is built upon stores.
 *
 * Failing at the n-th operation for every n finds what a crash at any point would leave: `{ skip: n, times: Infinity }` fails all from there on.
 * Closing it leaves `store` open.
 */
export function createFaultyFileStore(store: FileStore, options: FaultyFileStoreOptions): FaultyFileStore {
  return new CountingFileStore(store, new Faults(options));
}

class CountingFileStore extends PortableFileStore implements FaultyFileStore {
  readonly #faults: Faults;

  constructor(store: FileStore, faults: Faults) {
    super(new FaultyDriver(store, faults));
    this.#faults = faults;
  }

  get faultCount(): number {
    return this.#faults.count;
  }
}

/** Decides which operations fail. */
class Faults {
  readonly #faults: readonly { readonly fault: FileStoreFault; met: number; struck: number }[];
  readonly #random: () => number;

  constructor({ faults, seed = 1 }: FaultyFileStoreOptions) {
    this.#faults = faults.map((fault) => ({ fault, met: 0, struck: 0 }));
    this.#random = seededRandom(seed);
  }

  get count(): number {
    return this.#faults.reduce((sum, { struck }) => sum + struck, 0);
  }

  /** Does the operation, unless a fault strikes before; fails after it, when one strikes then. */
  async run<T>(operation: FileStoreOperationName, path: string, action: () => Promise<T>): Promise<T> {
    const fault = this.strike(operation, path);
    if (fault === undefined) {
      return await action();
    }
    if (fault.at === 'after') {
      await action();
    }
    throw toError(fault, operation, path);
  }

  /** The fault that this operation meets, if any. */
  strike(operation: FileStoreOperationName, path: string): FileStoreFault | undefined {
    for (const state of this.#faults) {
      const { operations, match, skip = 0, times = Number.POSITIVE_INFINITY, probability = 1 } = state.fault;
      if (operations?.includes(operation) === false || match?.(path) === false) {
        continue;
      }
      state.met += 1;
      if (state.met > skip && state.struck < times && this.#random() < probability) {
        state.struck += 1;
        return state.fault;
      }
    }
    return undefined;
  }
}

function toError({ code = 'unavailable', at = 'before' }: FileStoreFault, operation: FileStoreOperationName, path: string): FileStoreError {
  return new FileStoreError(code, `${operation} of ${JSON.stringify(path)} fails on purpose, ${at} it is done`, { path });
}

class FaultyDriver implements FileStoreDriver {
  readonly decorates: FileStore;
  readonly #faults: Faults;

  constructor(store: FileStore, faults: Faults) {
    this.decorates = store;
    this.#faults = faults;
  }

  get capabilities(): FileStoreCapabilities {
    return this.decorates.capabilities;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await this.#faults.run('write', path, () => this.decorates.write(path, contents, options));
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#faults.run('append', path, () => this.decorates.append(path, contents, options));
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    return await this.#faults.run('open', path, async () => {
      const file = await this.decorates.open(path, options);
      return { info: file.info, body: file.stream() };
    });
  }

  async stat(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<FileInfo> {
    return await this.#faults.run('stat', path, () => this.decorates.stat(path, options));
  }

  async list(path: string, options: { readonly signal?: AbortSignal | undefined }): Promise<string[]> {
    return await this.#faults.run('list', path, () => this.decorates.list(path, options));
  }

  async *entries(path: string, options: DriverEntriesOptions): AsyncGenerator<FileEntry, void, undefined> {
    const fault = this.#faults.strike('entries', path);
    if (fault === undefined || fault.at === 'after') {
      yield* this.decorates.entries(path, options);
    }
    if (fault !== undefined) {
      throw toError(fault, 'entries', path);
    }
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    await this.#faults.run('delete', path, () => this.decorates.delete(path, options));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#faults.run('copy', from, () => this.decorates.copy(from, to, options));
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#faults.run('move', from, () => this.decorates.move(from, to, options));
  }
}
