import {
  type AbortOptions,
  type CopyOptions,
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
  type WatchedChange,
  withLinkedSignal,
} from '@oh/file-store-core';
import type { ChangeTeller, IntendedNotice, OpenChange } from './change-teller.ts';
import type { PathChange } from './notice.ts';
import { type ContentsPolicy, recordBytes, recordChunks } from './recorded-contents.ts';

/** What a {@link WebHookDriver} needs. */
export interface WebHookDriverOptions {
  readonly store: FileStore;
  readonly teller: ChangeTeller;
  readonly policy: ContentsPolicy;
  readonly onClose: () => Promise<void>;
}

const deleted: PathChange = { kind: 'deleted' };

/** Does what the store beneath does, and tells of every change. */
export class WebHookDriver implements FileStoreDriver {
  readonly decorates: FileStore;
  readonly #teller: ChangeTeller;
  readonly #policy: ContentsPolicy;
  readonly #onClose: () => Promise<void>;

  constructor({ store, teller, policy, onClose }: WebHookDriverOptions) {
    this.decorates = store;
    this.#teller = teller;
    this.#policy = policy;
    this.#onClose = onClose;
  }

  get capabilities(): FileStoreCapabilities {
    return this.decorates.capabilities;
  }

  async write(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    if (!(contents instanceof Uint8Array)) {
      return await this.#writeChunks(path, contents, options);
    }
    const change = recordBytes(contents, this.#policy);
    return await this.#tell([{ path, change }], options.signal, () => this.decorates.write(path, contents, options));
  }

  async append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return await this.#tell([{ path, change: { kind: 'changed' } }], options.signal, () => this.decorates.append(path, contents, options));
  }

  async watch(path: string, onChange: (change: WatchedChange) => void, options: AbortOptions): Promise<Disposable | undefined> {
    return await this.decorates.watch?.(path, onChange, options);
  }

  async read(path: string, options: DriverReadOptions): Promise<DriverFile> {
    const file = await this.decorates.open(path, options);
    return { info: file.info, body: file.stream() };
  }

  async stat(path: string, options: AbortOptions): Promise<FileInfo> {
    return await this.decorates.stat(path, options);
  }

  async list(path: string, options: AbortOptions): Promise<string[]> {
    return await this.decorates.list(path, options);
  }

  entries(path: string, options: DriverEntriesOptions): AsyncIterable<FileEntry> {
    return this.decorates.entries(path, options);
  }

  async delete(path: string, options: DeleteOptions): Promise<void> {
    const change = options.ifVersion === undefined ? deleted : this.#fileGone;
    await this.#tell([{ path, change }], options.signal, () => this.decorates.delete(path, options));
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    return await this.#tell([{ path: to, change: { kind: 'changed' } }], options.signal, () => this.decorates.copy(from, to, options));
  }

  async move(from: string, to: string, options: CopyOptions): Promise<FileInfo> {
    const intended: IntendedNotice[] = [
      { path: to, change: { kind: 'changed' } },
      { path: from, change: this.#fileGone },
    ];
    return await this.#tell(intended, options.signal, () => this.decorates.move(from, to, options));
  }

  async close(): Promise<void> {
    await this.#onClose();
  }

  /** A file has gone alone: where others may lie below its path, `DELETE` would say too much. */
  get #fileGone(): PathChange {
    return this.capabilities.fileBesideDirectory ? { kind: 'changed' } : deleted;
  }

  /**
   * Contents that come in chunks keep nobody from their path while they come: it is taken when the last one is there.
   *
   * The store may fail while it is waited for, since some write what they have while they ask for more: then the waiting ends.
   */
  async #writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, options: DriverWriteOptions): Promise<FileInfo> {
    return await withLinkedSignal(options.signal, async (signal, stopWaiting) => {
      let opening: Promise<OpenChange> | undefined;
      let open: OpenChange | undefined;
      const recorded = recordChunks(chunks, this.#policy, async (change) => {
        opening = this.#teller.begin([{ path, change }], signal);
        open = await opening;
      });
      try {
        const info = await this.decorates.write(path, recorded, options);
        open?.succeed();
        return info;
      } catch (error) {
        if (open === undefined) {
          stopWaiting(error);
          open = await opening?.catch(() => undefined);
        }
        open?.fail(error);
        throw error;
      }
    });
  }

  async #tell<T>(intended: readonly IntendedNotice[], signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const open = await this.#teller.begin(intended, signal);
    try {
      const result = await action();
      open.succeed();
      return result;
    } catch (error) {
      open.fail(error);
      throw error;
    }
  }
}
