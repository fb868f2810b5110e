import { type BigIntStats, fstatSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { stampTime } from './local-version.ts';
import type { Session } from './session.ts';

/** Bytes handed to one system call, so that an abort is noticed between two of them. */
const maxWriteBytes = 1024 * 1024;

/** How {@link TemporaryFiles} makes files. */
export interface TemporaryFilesOptions {
  readonly session: Session;
  /** Permissions of new files, less what the umask takes. */
  readonly mode: number;
  /** Whether the umask is overruled. */
  readonly exactMode: boolean;
  /** Makes a file's contents durable; `undefined` where nothing is made durable. */
  readonly sync: ((handle: FileHandle) => Promise<void>) | undefined;
}

/** A complete file that is not visible yet. */
export interface TemporaryFile {
  /** Absolute path. */
  readonly absolute: string;
  /** What its version is made of; renaming changes none of it. */
  readonly stats: BigIntStats;
}

/** Makes complete files under a name that no reader sees. */
export class TemporaryFiles {
  readonly #options: TemporaryFilesOptions;

  constructor(options: TemporaryFilesOptions) {
    this.#options = options;
  }

  /** Writes a file in full and, where asked for, makes it durable; when that fails nothing is left. */
  async create(path: string, contents: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<TemporaryFile> {
    const { session } = this.#options;
    await session.begin(path);
    const absolute = session.newName();
    try {
      return { absolute, stats: await this.#write(absolute, contents, signal) };
    } catch (error) {
      await this.discard(absolute);
      throw error;
    }
  }

  /** Removes a temporary file; one that cannot be removed is left to the next sweep, as its operation is decided already. */
  async discard(absolute: string): Promise<void> {
    await unlink(absolute).catch(() => undefined);
  }

  async #write(absolute: string, contents: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<BigIntStats> {
    const { mode, exactMode, sync } = this.#options;
    const handle = await open(absolute, 'wx', mode);
    try {
      if (exactMode) {
        await handle.chmod(mode);
      }
      for await (const chunk of contents instanceof Uint8Array ? [contents] : contents) {
        await writeFully(handle, chunk, signal);
      }
      stampTime(handle.fd);
      await sync?.(handle);
      return fstatSync(handle.fd, { bigint: true });
    } finally {
      await handle.close();
    }
  }
}

/** Writes all of `bytes` at the handle's position, whatever the system takes at a time. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    signal?.throwIfAborted();
    const length = Math.min(maxWriteBytes, bytes.byteLength - offset);
    const { bytesWritten } = await handle.write(bytes, offset, length);
    offset += bytesWritten;
  }
}
