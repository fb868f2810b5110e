import { type AbortOptions, type FileInfo, PortableFileStore } from '@oh/file-store-core';
import type { LeftOutReason } from './left-out-reason.ts';
import { LocalDriver } from './local-driver.ts';
import { type FileWrite, writeAll } from './write-all.ts';

/** Options of {@link LocalFileStore}. */
export interface LocalFileStoreOptions {
  /** The directory with the files; `~` at its beginning is the home directory. Made with its parents at the first write. */
  readonly root: string;
  /**
   * `'durable'`: an acknowledged change survives a power cut (files and directories are fsynced).
   * `'atomic'`: the same without fsync; a power cut may lose the last changes, a killed process loses nothing. Default: `'durable'`.
   */
  readonly durability?: 'durable' | 'atomic' | undefined;
  /** Permissions of new files, whatever the umask. Default: 0o600, less what the umask takes. */
  readonly fileMode?: number | undefined;
  /** Permissions of new directories, whatever the umask. Default: 0o700, less what the umask takes. */
  readonly directoryMode?: number | undefined;
  /** Told of what listings leave out, each time one meets it; by its path from the root, a directory with a slash at the end. It must not throw. Default: nobody is told. */
  readonly onLeftOut?: ((path: string, reason: LeftOutReason) => void) | undefined;
}

/**
 * A `FileStore` in a directory of the local disk.
 *
 * The constructor does no I/O. After an fsync has failed the store refuses all changes with `unavailable`: what the disk holds is then unknown.
 */
export class LocalFileStore extends PortableFileStore {
  readonly #driver: LocalDriver;

  /** @throws {TypeError} When `root` is no path, or begins with `~` where `HOME` is no absolute path, or when an option has a value that it cannot have. */
  constructor(options: LocalFileStoreOptions) {
    const driver = new LocalDriver(options);
    super(driver);
    this.#driver = driver;
  }

  /**
   * Writes many files, each as `write` does, with its guarantees and its own outcome; in no order, and not as one change.
   *
   * From 64 files on they are made durable together: all contents by one flush of the file system before the first file gets its name, all names by another, so that
   * a file costs a fraction of an fsync. It flushes what other programs have written there as well. Where that is not possible each file has its fsync: elsewhere than
   * on Linux 5.8 or later, on other file systems than ext2, ext3, ext4, xfs, btrfs and f2fs, and without the `sync` of GNU coreutils.
   *
   * @param writes A few hundred small files: all of them are in memory.
   * @returns What `write` would have returned or thrown, in the order of `writes`; the reason of `signal` for those that an abort has stopped.
   */
  async writeAll(writes: readonly FileWrite[], options: AbortOptions = {}): Promise<PromiseSettledResult<FileInfo>[]> {
    return await writeAll(this, this.#driver, writes, options);
  }
}
