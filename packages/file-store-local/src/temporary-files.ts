import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { openFile, openFileInPool, openFileSync, writeFully, writeFullySync } from './descriptors.ts';
import { stampTime } from './local-version.ts';
import type { Operation } from './operation.ts';
import { maxQuickBytes, type QuickCalls } from './quick-calls.ts';
import { retryBusy } from './retry-busy.ts';
import type { Session } from './session.ts';

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** How {@link TemporaryFiles} makes files. */
export interface TemporaryFilesOptions {
  readonly session: Session;
  /** Permissions of new files, less what the umask takes. */
  readonly mode: number;
  /** Whether the umask is overruled. */
  readonly exactMode: boolean;
  /** Makes a file's contents durable; `undefined` where nothing is made durable here. */
  readonly sync: ((fd: number) => Promise<void>) | undefined;
  readonly quick: QuickCalls;
}

/** A complete file that is not visible yet. */
export interface TemporaryFile {
  /** Its name in the directory for temporary files. */
  readonly name: string;
  /** What its version is made of; renaming changes none of it. */
  readonly stats: BigIntStats;
  /** Whether it is small: then calls on it may be made on the calling thread. */
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
    const { session } = this.#options;
    return await session.within(operation, async (directory) => {
      const name = session.newName();
      const entry = directory.entry(name);
      const isQuick = contents instanceof Uint8Array && contents.byteLength <= maxQuickBytes;
      try {
        const stats = isQuick ? await this.#writeQuickly(entry, contents, operation) : await this.#write(entry, contents, operation);
        return { name, stats, isQuick };
      } catch (error) {
        await removeQuietly(entry);
        throw error;
      }
    });
  }

  /** Removes a temporary file; one that cannot be removed is left to the next sweep, as its operation is decided already. */
  async discard({ name, isQuick }: TemporaryFile, path: string): Promise<void> {
    const { session, quick } = this.#options;
    await session
      .within({ path }, async (directory) => {
        const entry = directory.entry(name);
        await (isQuick
          ? quick.run(
              () => unlinkSync(entry),
              () => unlink(entry),
            )
          : unlink(entry));
      })
      .catch(() => undefined);
  }

  async #write(entry: string, contents: Uint8Array | AsyncIterable<Uint8Array>, { signal }: Operation): Promise<BigIntStats> {
    const fd = await openFile(entry, createFlags, this.#options.mode, signal);
    try {
      for await (const chunk of contents instanceof Uint8Array ? [contents] : contents) {
        await writeFully(fd, chunk, signal);
      }
      return await this.#finish(fd);
    } finally {
      closeSync(fd);
    }
  }

  async #writeQuickly(entry: string, contents: Uint8Array, { signal }: Operation): Promise<BigIntStats> {
    const { mode, quick } = this.#options;
    const open = (): Promise<number> =>
      quick.run(
        () => openFileSync(entry, createFlags, mode),
        () => openFileInPool(entry, createFlags, mode),
      );
    const fd = await retryBusy(open, signal);
    try {
      await quick.run(
        () => writeFullySync(fd, contents),
        () => writeFully(fd, contents),
      );
      return await this.#finish(fd);
    } finally {
      closeSync(fd);
    }
  }

  async #finish(fd: number): Promise<BigIntStats> {
    const { mode, exactMode, sync } = this.#options;
    if (exactMode) {
      fchmodSync(fd, mode);
    }
    stampTime(fd);
    const stats = fstatSync(fd, { bigint: true });
    await sync?.(fd);
    return stats;
  }
}

async function removeQuietly(entry: string): Promise<void> {
  try {
    await unlink(entry);
  } catch {
    // It is gone, or the next sweep removes it.
  }
}
