import { type BigIntStats, closeSync, constants } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileInfo, FileStoreError } from '@oh/file-store-core';
import { openFile, setMode, writeFully } from './descriptors.ts';
import type { Directories } from './directories.ts';
import { readRange } from './file-chunks.ts';
import { isMissing } from './local-error.ts';
import { lstatIfPresent, openToRead, toInfo } from './local-file.ts';
import type { LocalRoot } from './local-root.ts';
import { versionOf } from './local-version.ts';
import type { Operation } from './operation.ts';
import { SharedCalls } from './shared-calls.ts';

/** What is kept with a file besides its bytes. */
export type FileMetadata = Pick<FileInfo, 'contentType' | 'metadata'>;

/** How {@link MetadataFiles} makes its files. */
export interface MetadataFilesOptions {
  readonly root: LocalRoot;
  readonly directories: Directories;
  /** Permissions of new files. */
  readonly mode: number;
  /** Makes a file's contents durable; `undefined` where nothing is made durable here. */
  readonly sync: ((fd: number) => Promise<void>) | undefined;
}

/**
 * Content types and metadata, each in a file of its own in `.oh-metadata`, named by the version of the file that it belongs to.
 *
 * It is there before its file gets its name and goes after it has lost it, so that both come and go in the one step that gives and takes the
 * name. A file without is just that file.
 */
export class MetadataFiles {
  readonly #options: MetadataFilesOptions;
  readonly #looking = new SharedCalls<boolean>();

  constructor(options: MetadataFilesOptions) {
    this.#options = options;
  }

  /** Keeps what was given for a file that is not visible yet; durable when it returns, where this makes anything durable. */
  async write(operation: Operation, stats: BigIntStats, kept: FileMetadata): Promise<void> {
    const { root, directories, sync, mode } = this.#options;
    const text = Buffer.from(`${JSON.stringify(kept)}\n`);
    await directories.ensure(root.metadataDirectory, operation);
    await root.reach(this.#fileOf(stats), operation, async (entry) => {
      // Only an orphan can be there: no two files have one version.
      const fd = await openFile(entry, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, mode, operation.signal);
      try {
        setMode(fd, mode);
        await writeFully(fd, text);
        await sync?.(fd);
      } finally {
        closeSync(fd);
      }
    });
    if (sync !== undefined) {
      await directories.sync(root.metadataDirectory);
    }
  }

  /**
   * What a store tells of a file that was just looked at.
   *
   * @param target The file's absolute path.
   * @returns `undefined` when it is no longer the file at `target`, so that what was kept with it may be gone: look again.
   */
  async describe(operation: Operation, target: string, stats: BigIntStats): Promise<FileInfo | undefined> {
    const info = toInfo(operation.path, stats);
    if (!(await this.#isInUse())) {
      return info;
    }
    const kept = await this.find(operation, stats);
    if (kept === undefined && !(await this.#isStillAt(operation, target, stats))) {
      return undefined;
    }
    return { ...info, ...kept };
  }

  /**
   * What is kept with a file.
   *
   * @returns `undefined` when nothing is, or nothing any more.
   * @throws {FileStoreError} `corrupt` for what is not what {@link write} writes.
   */
  async find(operation: Operation, stats: BigIntStats): Promise<FileMetadata | undefined> {
    if (!(await this.#isInUse())) {
      return undefined;
    }
    const absolute = this.#fileOf(stats);
    return await this.#options.root
      .reach(absolute, operation, async (entry) =>
        lstatIfPresent(entry) === undefined ? undefined : await readMetadata(operation, entry, absolute),
      )
      .catch(undefinedIfMissing);
  }

  /**
   * Forgets what was kept with a file that has lost its name, unless it had another one (a hard link). It never fails: the change that it belongs to has been
   * made.
   *
   * @param stats Of when it still had the name.
   */
  async remove(operation: Operation, stats: BigIntStats): Promise<void> {
    try {
      if (stats.nlink <= 1n && (await this.#isInUse())) {
        await this.#options.root.reach(this.#fileOf(stats), { path: operation.path }, async (entry) => {
          if (lstatIfPresent(entry) !== undefined) {
            await unlink(entry);
          }
        });
      }
    } catch {
      // It stays, and is never found again.
    }
  }

  /** Whether anything may be kept. Its directory is there before the first file with metadata is: whoever has looked at a file and then asks is told. */
  #isInUse(): Promise<boolean> {
    const { metadataDirectory } = this.#options.root;
    return this.#looking.run(metadataDirectory, () => lstatIfPresent(metadataDirectory) !== undefined);
  }

  async #isStillAt(operation: Operation, target: string, stats: BigIntStats): Promise<boolean> {
    const current = await this.#options.root.reach(target, operation, lstatIfPresent).catch(undefinedIfMissing);
    return current !== undefined && versionOf(current) === versionOf(stats);
  }

  #fileOf(stats: BigIntStats): string {
    return join(this.#options.root.metadataDirectory, versionOf(stats));
  }
}

async function readMetadata({ path, signal }: Operation, entry: string, absolute: string): Promise<FileMetadata> {
  const { fd, stats } = await openToRead(path, entry, absolute, signal);
  try {
    return parseMetadata(path, absolute, await readRange(fd, path, 0, Number(stats.size)));
  } finally {
    closeSync(fd);
  }
}

function parseMetadata(path: string, absolute: string, bytes: Uint8Array): FileMetadata {
  let kept: unknown;
  try {
    kept = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Not as a cause: the error of JSON.parse repeats a part of the text.
    throw corrupt(path, absolute);
  }
  if (!isMetadata(kept)) {
    throw corrupt(path, absolute);
  }
  return kept;
}

function isMetadata(kept: unknown): kept is FileMetadata {
  if (typeof kept !== 'object' || kept === null) {
    return false;
  }
  const { contentType, metadata }: { contentType?: unknown; metadata?: unknown } = kept;
  const isTextRecord =
    metadata === undefined ||
    (typeof metadata === 'object' && metadata !== null && Object.values(metadata).every((value) => typeof value === 'string'));
  return (contentType === undefined || typeof contentType === 'string') && isTextRecord;
}

function corrupt(path: string, absolute: string): FileStoreError {
  const message = `the metadata of ${JSON.stringify(path)} cannot be read: ${absolute} is damaged; remove it to read the file without`;
  return new FileStoreError('corrupt', message, { path });
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) {
    throw error;
  }
}
