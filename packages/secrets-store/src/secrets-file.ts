import { type AbortOptions, type FileInfo, type FileStore, readIfThere, retryHalfWritten, updateFile } from '@oh/file-store-core';
import { checkChange, type SecretsChange } from './secrets-change.ts';
import type { StoredSecrets } from './stored-secrets.ts';

/** Keeps other programs out while `action` runs. */
export type SecretsLock = <T>(action: () => Promise<T>, options: AbortOptions) => Promise<T>;

/** What a {@link SecretsFile} is made of. */
export interface SecretsFileOptions<T extends StoredSecrets> {
  readonly files: FileStore;
  readonly path: string;
  /** Reads the text of the file; `undefined`: there is none. @throws {FileStoreError} `corrupt`; `unsupported`. */
  readonly parse: (text: string | undefined, options: AbortOptions) => Promise<T>;
  /** Held for each change. Default: none, compare-and-set alone. */
  readonly lock?: SecretsLock | undefined;
}

/** The changes to make, for what is stored; asked again when somebody else was faster. */
export type ChangePlan<T extends StoredSecrets = StoredSecrets> = (
  stored: T,
  exists: boolean,
) => readonly SecretsChange[] | Promise<readonly SecretsChange[]>;

/** What is stored in a file, and which version of it that is. */
export interface SecretsFileVersion<T extends StoredSecrets = StoredSecrets> {
  readonly stored: T;
  readonly version: string;
}

/** One file with secrets, in whatever form. */
export class SecretsFile<T extends StoredSecrets = StoredSecrets> {
  readonly path: string;
  readonly #files: FileStore;
  readonly #parse: (text: string | undefined, options: AbortOptions) => Promise<T>;
  readonly #lock: SecretsLock;

  constructor({ files, path, parse, lock = async (action) => await action() }: SecretsFileOptions<T>) {
    this.path = path;
    this.#files = files;
    this.#parse = parse;
    this.#lock = lock;
  }

  async exists({ signal }: AbortOptions): Promise<boolean> {
    return await this.#files.exists(this.path, { signal });
  }

  /** What is stored; `undefined` when there is no file. */
  async read(options: AbortOptions): Promise<T | undefined> {
    return (await this.readVersion(options))?.stored;
  }

  /** What is stored, with the version of the file. */
  async readVersion(options: AbortOptions): Promise<SecretsFileVersion<T> | undefined> {
    return await retryHalfWritten(this.#files, this.path, () => this.#readOnce(options), { signal: options.signal });
  }

  async #readOnce(options: AbortOptions): Promise<SecretsFileVersion<T> | undefined> {
    const found = await readIfThere(this.#files, this.path, options);
    return found && { version: found.info.version, stored: await this.#parse(found.text, options) };
  }

  /**
   * Changes the file by compare-and-set; without changes an existing one stays as it is.
   *
   * @param announce Told of the changes, which can be stored, before they are.
   */
  async change(plan: ChangePlan<T>, options: AbortOptions, announce?: (changes: readonly SecretsChange[]) => Promise<void>): Promise<void> {
    await this.#update(async (text) => {
      const stored = await this.#parse(text, options);
      const changes = await plan(stored, text !== undefined);
      changes.forEach(checkChange);
      if (changes.length === 0 && text !== undefined) {
        return text;
      }
      const next = await stored.change(changes, options);
      await announce?.(changes);
      return next;
    }, options);
  }

  /** Replaces the text of the file by compare-and-set; a file that is not there is not made. */
  async rewrite(replace: (stored: T) => Promise<string>, options: AbortOptions): Promise<void> {
    if (await this.exists(options)) {
      await this.#update(async (text) => await replace(await this.#parse(text, options)), options);
    }
  }

  async #update(replace: (text: string | undefined) => Promise<string>, options: AbortOptions): Promise<void> {
    await this.#lock(async () => {
      const { signal } = options;
      const write = (): Promise<FileInfo> => updateFile(this.#files, this.path, replace, { signal });
      await retryHalfWritten(this.#files, this.path, write, { signal });
    }, options);
  }
}
