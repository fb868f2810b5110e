import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, raceAbort, readIfThere } from '@oh/file-store-core';
import type { SettingsCodec } from './settings-codec.ts';

/** How the names of backups go on after that of their file. */
const ending = /^\.v\d+(?:-\d+)?\.bak$/;

/** How often a file may be changed by others in the meantime. */
const maxAttempts = 10;

/** The files with keys that the sealer has sealed: the settings, and the backups of their migrations. */
export class SealedFiles {
  readonly #files: FileStore;
  readonly #path: string;
  readonly #codecOf: (path: string) => SettingsCodec;

  /**
   * @param path The file with the settings.
   * @param codecOf Gives what reads the file at a path.
   */
  constructor(files: FileStore, path: string, codecOf: (path: string) => SettingsCodec) {
    this.#files = files;
    this.#path = path;
    this.#codecOf = codecOf;
  }

  /** How many keys are sealed by each key of the sealer. @throws {FileStoreError} `corrupt`, `unsupported`, naming a file that cannot be read. */
  async countKeys({ signal }: AbortOptions): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const path of await this.#list({ signal })) {
      const found = await readIfThere(this.#files, path, { signal });
      for (const [id, count] of found === undefined ? [] : this.#codecOf(path).countKeys(found.text)) {
        counts.set(id, (counts.get(id) ?? 0) + count);
      }
    }
    return counts;
  }

  /** Seals all keys anew; nothing else changes. @returns The errors of files that cannot be read or have keys that do not open, which stay as they are. */
  async rewrap({ signal }: AbortOptions): Promise<readonly FileStoreError[]> {
    const errors: FileStoreError[] = [];
    for (const path of await this.#list({ signal })) {
      try {
        await this.#rewrapOne(path, { signal });
      } catch (error) {
        if (!(error instanceof FileStoreError && error.path === path && isUnreadable(error))) {
          throw error;
        }
        errors.push(error);
      }
    }
    return errors;
  }

  async #rewrapOne(path: string, options: AbortOptions): Promise<void> {
    const codec = this.#codecOf(path);
    for (let attempt = 1; ; attempt += 1) {
      const found = await readIfThere(this.#files, path, options);
      if (found === undefined || codec.countKeys(found.text).size === 0) {
        return;
      }
      const text = await raceAbort(codec.sealAnew(found.text, options), options.signal);
      try {
        await this.#files.write(path, text, { ifVersion: found.info.version, signal: options.signal });
        return;
      } catch (error) {
        if (!hasErrorCode(error, 'version-mismatch') || attempt >= maxAttempts) {
          throw error;
        }
      }
    }
  }

  async #list({ signal }: AbortOptions): Promise<readonly string[]> {
    const directory = this.#path.slice(0, Math.max(0, this.#path.lastIndexOf('/')));
    const beside = await this.#files.list(directory, { signal });
    return [this.#path, ...beside.filter((path) => path.startsWith(this.#path) && ending.test(path.slice(this.#path.length)))];
  }
}

function isUnreadable(error: FileStoreError): boolean {
  return ['corrupt', 'permission-denied', 'unsupported'].includes(error.code);
}
