import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, ftruncateSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { type DriverAppendOptions, type FileInfo, hasErrorCode, type Slots } from '@oh/file-store-core';
import { acceptAppends } from './accept-appends.ts';
import { AppendQueue, type PendingAppend } from './append-queue.ts';
import { openFile, openFileSync, writeFully, writeFullySync } from './descriptors.ts';
import { FileChunks } from './file-chunks.ts';
import { type FilePublisher, maxAttempts } from './file-publisher.ts';
import { errnoOf } from './local-error.ts';
import { openToRead, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { stampTimeIfOwner, versionOf } from './local-version.ts';
import type { FileMetadata, MetadataFiles } from './metadata-files.ts';
import { type OpenAppend, OpenAppends } from './open-appends.ts';
import type { Operation } from './operation.ts';
import type { ProcessLocks } from './process-locks.ts';
import { retryBusy } from './retry-busy.ts';
import { SettledNames } from './settled-names.ts';

/** Appends up to this size are handed to the system on the calling thread: what takes time is the fsync that follows. */
const maxQuickAppendBytes = 256 * 1024;

/** How contents that are written in place are made durable. */
export interface SyncOpenFile {
  /** All of a file. */
  readonly file: (fd: number) => Promise<void>;
  /** Its contents and its size. */
  readonly data: (fd: number) => Promise<void>;
}

/** What {@link LocalAppender} works with. */
export interface LocalAppenderOptions {
  readonly root: LocalRoot;
  readonly publisher: FilePublisher;
  readonly metadataFiles: MetadataFiles;
  readonly locks: ProcessLocks;
  readonly slots: Slots;
  /** Permissions of files that an append makes, less what the umask takes. */
  readonly fileMode: number;
  /** Whether the umask is overruled. */
  readonly exactFileMode: boolean;
  /** `undefined` where nothing is made durable. */
  readonly sync: SyncOpenFile | undefined;
  /** Whether a file is on a local file system. */
  readonly isLocal: (absolute: string) => boolean;
  /** @throws {Error} When an fsync has failed, so that nothing may be changed any more. */
  readonly checkWritable: () => void;
}

/** What appends to a file have made of it. */
interface Appended {
  readonly appends: readonly PendingAppend[];
  readonly stats: BigIntStats;
  readonly kept: FileMetadata | undefined;
  /** Resolves when it is durable, and the file closed or kept open for the next append. */
  readonly finished: Promise<void>;
}

/** Adds to files: in place, those that come together with one write and one fsync. */
export class LocalAppender {
  readonly #options: LocalAppenderOptions;
  readonly #appends: AppendQueue = new AppendQueue((path, batch, signal) =>
    this.#options.slots.run(signal, () => this.#commitAppends(path, batch, signal)),
  );
  readonly #openAppends = new OpenAppends();
  /** By device, whether it is a local file system. */
  readonly #isLocal = new Map<bigint, boolean>();
  readonly #settledNames = new SettledNames();

  constructor(options: LocalAppenderOptions) {
    this.#options = options;
  }

  /** Adds bytes at the end, see `FileStoreDriver.append`. */
  append(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    return this.#appends.add(path, contents, options);
  }

  /** Closes what is open between two appends of a file, or of those below a directory, that was deleted. */
  letGo(path: string): void {
    this.#openAppends.letGo(this.#options.root.locate(path));
  }

  /** Waits for what is under way, then closes what is open between two appends. */
  async close(): Promise<void> {
    await this.#appends.settle();
    this.#openAppends.close();
  }

  /** Makes the appends of a batch with one write and one fsync. */
  async #commitAppends(path: string, batch: readonly PendingAppend[], signal: AbortSignal | undefined): Promise<void> {
    const target = this.#options.root.locate(path);
    const appended = await this.#options.locks.run([path], signal, () => this.#commitLocked({ path, signal }, target, batch));
    if (appended === undefined) {
      return;
    }
    // While the disk works.
    const outcomes = outcomesOf(path, appended);
    await appended.finished;
    for (const { append, info } of outcomes) {
      append.settle({ info });
    }
  }

  /** A file may go with its directory, whose deletion has another lock: then what is there is looked at again. */
  async #commitLocked(operation: Operation, target: string, batch: readonly PendingAppend[]): Promise<Appended | undefined> {
    // It may have failed while these waited.
    this.#options.checkWritable();
    let appends = batch;
    for (let attempt = 1; ; attempt += 1) {
      const open = this.#openAppends.take(target);
      let current = open?.stats;
      try {
        current ??= await this.#options.publisher.currentAt(operation, target);
        appends = acceptAppends(operation.path, current, appends);
        if (appends.length > 0) {
          return await this.#appendLocked(operation, target, current, open, appends);
        }
      } catch (error) {
        closeIfOpen(open);
        const hasGone = current?.isFile() === true && (errnoOf(error) === 'ENOENT' || hasErrorCode(error, 'version-mismatch'));
        if (!hasGone || attempt >= maxAttempts) {
          throw error;
        }
        continue;
      }
      this.#keepOpen(target, open);
      return undefined;
    }
  }

  async #appendLocked(
    operation: Operation,
    target: string,
    current: BigIntStats | undefined,
    open: OpenAppend | undefined,
    appends: readonly PendingAppend[],
  ): Promise<Appended> {
    const contents = appends.map((append) => append.contents);
    // Metadata comes with a new file, never to one that is appended to in place: what was kept open has none.
    const mayHaveMetadata = open === undefined && current?.isFile() === true;
    const kept = mayHaveMetadata ? await this.#options.metadataFiles.find(operation, current) : undefined;
    if (current !== undefined && kept !== undefined) {
      return { appends, kept, ...(await this.#appendByRewriting(operation, target, current, kept, contents)) };
    }
    const isNew = current?.isFile() !== true;
    const [only] = contents;
    const all = only !== undefined && contents.length === 1 ? only : Buffer.concat(contents);
    const file =
      open === undefined
        ? await this.#appendInPlace(operation, target, current, all)
        : { fd: open.fd, stats: await appendTo(open.fd, all, open.stats.size) };
    const { fd, stats } = file;
    const finish = async (): Promise<void> => {
      const synced = isNew ? this.#options.sync?.file(fd) : this.#options.sync?.data(fd);
      try {
        await synced;
        if (open === undefined && !this.#settledNames.has(target, current)) {
          await this.#options.publisher.settle(target);
        }
      } catch (error) {
        closeSync(fd);
        throw error;
      }
      // Never before: the name of what is kept open counts as durable.
      this.#keepOpen(target, file);
      this.#settledNames.remember(target, stats);
    };
    // The disk works while the lock is let go.
    return { appends, stats, kept: undefined, finished: finish() };
  }

  /**
   * The version, which the metadata belongs to, changes with the file: both have to be replaced in one step.
   *
   * @throws {FileStoreError} `version-mismatch` when somebody has deleted or replaced it, and its contents must not come back.
   */
  async #appendByRewriting(
    operation: Operation,
    target: string,
    current: BigIntStats,
    kept: FileMetadata,
    contents: readonly Uint8Array[],
  ): Promise<Pick<Appended, 'stats' | 'finished'>> {
    const { path } = operation;
    const { fd } = await this.#options.root.reach(target, operation, (entry) => openToRead(path, entry, target));
    const before = new FileChunks(fd, path, 0, Number(current.size));
    try {
      const { stats } = await this.#options.publisher.publishNew(operation, concatenate(before, contents), kept, (file) =>
        this.#options.publisher.publish(operation, target, file, { ifVersion: versionOf(current) }),
      );
      return { stats, finished: this.#options.publisher.settle(target) };
    } finally {
      await before.return();
    }
  }

  /** @returns The open file, which is not durable yet; when it fails the file is as it was. */
  async #appendInPlace(operation: Operation, target: string, current: BigIntStats | undefined, contents: Uint8Array): Promise<OpenAppend> {
    const { root, fileMode, exactFileMode } = this.#options;
    const isNew = current?.isFile() !== true;
    const flags = constants.O_WRONLY | constants.O_APPEND | (isNew ? constants.O_CREAT | constants.O_EXCL : 0);
    const append = (): Promise<OpenAppend> =>
      root.reach(target, operation, async (entry) => {
        await this.#options.publisher.makeRoom(operation.path, target, current);
        const fd = await (isQuick(contents)
          ? retryBusy(() => openFileSync(entry, flags, fileMode), operation.signal)
          : openFile(entry, flags, fileMode, operation.signal));
        try {
          if (isNew && exactFileMode) {
            fchmodSync(fd, fileMode);
          }
          return { fd, stats: await appendTo(fd, contents, fstatSync(fd, { bigint: true }).size) };
        } catch (error) {
          closeSync(fd);
          if (isNew) {
            await unlink(entry);
          }
          throw error;
        }
      });
    return await (isNew ? this.#options.publisher.intoDirectory(target, operation, {}, append) : append());
  }

  /** What is not durable, and may be on a network file system, is closed instead. */
  #keepOpen(target: string, open: OpenAppend | undefined): void {
    if (open !== undefined && (this.#options.sync !== undefined || this.#isOnLocalFileSystem(target, open))) {
      this.#openAppends.keep(target, open);
    } else {
      closeIfOpen(open);
    }
  }

  #isOnLocalFileSystem(target: string, { stats }: OpenAppend): boolean {
    const isLocal = this.#isLocal.get(stats.dev) ?? this.#options.isLocal(target);
    this.#isLocal.set(stats.dev, isLocal);
    return isLocal;
  }
}

/** What each append made of the file, the last one first. */
function outcomesOf(
  path: string,
  { appends, stats: { ino, size, mtimeMs, mtimeNs }, kept }: Appended,
): { readonly append: PendingAppend; readonly info: FileInfo }[] {
  let end = size;
  return appends.toReversed().map((append) => {
    const info = { ...toInfo(path, { ino, size: end, mtimeMs, mtimeNs }), ...kept };
    end -= BigInt(append.contents.byteLength);
    return { append, info };
  });
}

function closeIfOpen(open: OpenAppend | undefined): void {
  if (open !== undefined) {
    closeSync(open.fd);
  }
}

function isQuick(contents: Uint8Array): boolean {
  return contents.byteLength <= maxQuickAppendBytes;
}

/** Adds `contents` to a file of `size` bytes; when that fails the file has its old size. */
async function appendTo(fd: number, contents: Uint8Array, size: bigint): Promise<BigIntStats> {
  try {
    if (isQuick(contents)) {
      writeFullySync(fd, contents);
    } else {
      await writeFully(fd, contents);
    }
    stampTimeIfOwner(fd);
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    ftruncateSync(fd, Number(size));
    throw error;
  }
}

async function* concatenate(
  before: AsyncIterable<Uint8Array>,
  contents: readonly Uint8Array[],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* before;
  yield* contents;
}
