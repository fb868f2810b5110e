import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { openFile, openFileSync, writeFully, writeFullySync } from './descriptors.ts';
import { stampTime } from './local-version.ts';
import type { Operation } from './operation.ts';
import { retryBusy } from './retry-busy.ts';
import type { Session } from './session.ts';

/**
 * Contents up to this size that need no fsync are written on the calling thread: that takes a fraction of what handing four calls to
 * another one costs this one.
 */
export const maxQuickBytes: number = 64 * 1024;

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** How {@link TemporaryFiles} makes files. */
export interface TemporaryFilesOptions {
  readonly session: Session;
  /** Permissions of new files, less what the umask takes. */
  readonly mode: number;
  /** Whether the umask is overruled. */
  readonly exactMode: boolean;
  /** Makes a file's contents durable; `undefined` where nothing is made durable. */
  readonly sync: ((fd: number) => Promise<void>) | undefined;
}

/** A complete file that is not visible yet. */
export interface TemporaryFile {
  /** Its name in the directory for temporary files. */
  readonly name: string;
  /** What its version is made of; renaming changes none of it. */
  readonly stats: BigIntStats;
  /** Whether it is written without leaving the thread. */
  readonly isQuick: boolean;
}

/** Makes complete files under a name that no reader sees. */
export class TemporaryFiles {
  readonly #options: TemporaryFilesOptions;

  constructor(options: TemporaryFilesOptions) {
    this.#options = options;
  }

  /** Writes a file in full and, where asked for, makes it durable; when that fails nothing is left. */
  async create(operation: Operation, contents: Uint8Array | AsyncIterable<Uint8Array>): Promise<TemporaryFile> {
    const { session, sync } = this.#options;
    return await session.within(operation, async (directory) => {
      const name = session.newName();
      const entry = directory.entry(name);
      try {
        if (sync === undefined && contents instanceof Uint8Array && contents.byteLength <= maxQuickBytes) {
          const fd = await retryBusy(() => openFileSync(entry, createFlags, this.#options.mode), operation.signal);
          return { name, stats: this.#writeQuickly(fd, contents), isQuick: true };
        }
        return { name, stats: await this.#write(entry, contents, operation), isQuick: false };
      } catch (error) {
        await removeQuietly(entry, false);
        throw error;
      }
    });
  }

  /** Removes a temporary file; one that cannot be removed is left to the next sweep, as its operation is decided already. */
  async discard({ name, isQuick }: TemporaryFile, path: string): Promise<void> {
    await this.#options.session.within({ path }, (directory) => removeQuietly(directory.entry(name), isQuick)).catch(() => undefined);
  }

  async #write(entry: string, contents: Uint8Array | AsyncIterable<Uint8Array>, { signal }: Operation): Promise<BigIntStats> {
    const fd = await openFile(entry, createFlags, this.#options.mode, signal);
    try {
      for await (const chunk of contents instanceof Uint8Array ? [contents] : contents) {
        await writeFully(fd, chunk, signal);
      }
      const stats = this.#finish(fd);
      await this.#options.sync?.(fd);
      return stats;
    } finally {
      closeSync(fd);
    }
  }

  #writeQuickly(fd: number, contents: Uint8Array): BigIntStats {
    try {
      writeFullySync(fd, contents);
      return this.#finish(fd);
    } finally {
      closeSync(fd);
    }
  }

  #finish(fd: number): BigIntStats {
    if (this.#options.exactMode) {
      fchmodSync(fd, this.#options.mode);
    }
    stampTime(fd);
    return fstatSync(fd, { bigint: true });
  }
}

async function removeQuietly(entry: string, isQuick: boolean): Promise<void> {
  try {
    if (isQuick) {
      unlinkSync(entry);
    } else {
      await unlink(entry);
    }
  } catch {
    // It is gone, or the next sweep removes it.
  }
}
