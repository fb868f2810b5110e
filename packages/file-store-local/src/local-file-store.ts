import { PortableFileStore } from '@oh/file-store-core';
import { LocalDriver } from './local-driver.ts';

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
}

/**
 * A `FileStore` in a directory of the local disk.
 *
 * The constructor does no I/O. After an fsync has failed the store refuses all changes with `unavailable`: what the disk holds is then unknown.
 */
export class LocalFileStore extends PortableFileStore {
  /** @throws {TypeError} When `root` is no path or an option is unknown to it. */
  constructor(options: LocalFileStoreOptions) {
    super(new LocalDriver(options));
  }
}
