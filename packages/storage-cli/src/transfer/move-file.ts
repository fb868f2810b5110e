import { type AbortOptions, FileStoreError, hasErrorCode, Slots } from '@oh/file-store-core';
import { changedMeanwhile } from './changed-meanwhile.ts';
import { type Comparison, compareFiles } from './compare-contents.ts';
import { type CopiedFile, FileCopier, versionOf } from './copy-file.ts';
import { deleteVersion } from './delete-version.ts';
import { defaultConcurrency, type TransferFlow } from './transfer-flow.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** What one move is given. */
export interface MoveFileOptions extends AbortOptions {
  /** Replaces nothing; a file that is there with the same contents counts as moved before. Default: false. */
  readonly ifAbsent?: boolean | undefined;
  /** Called when the file is read, where the rest is done together with others. */
  readonly release?: (() => void) | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Moves files from one place to another: inside a store by its own `move`, else by copying, comparing what arrived, and deleting the version that was compared.
 *
 * At every moment a file is whole at one of the places at least.
 */
export class FileMover {
  readonly #from: TransferPlace;
  readonly #to: TransferPlace;
  readonly #copier: FileCopier;
  /** Those that were written together are not compared all at once. */
  readonly #slots: Slots;

  /** @param flow How much is done at a time. Default: whatever is asked for. @param concurrency Most files that are compared at a time. Default: 16. */
  constructor(from: TransferPlace, to: TransferPlace, flow?: TransferFlow, concurrency: number = defaultConcurrency) {
    this.#from = from;
    this.#to = to;
    this.#copier = new FileCopier(from, to, flow);
    this.#slots = new Slots(concurrency);
  }

  /** Whether the target has had no place for the content type or the metadata of a file. */
  get lostMetadata(): boolean {
    return this.#copier.lostMetadata;
  }

  /** See `FileCopier.holdsConditions`. */
  get holdsConditions(): boolean {
    return this.#copier.holdsConditions;
  }

  /**
   * Moves a file.
   *
   * @param path Below the place it comes from. @param target Below the place it goes to.
   * @returns Its size in bytes.
   * @throws {FileStoreError} `already-exists` with `ifAbsent`; `version-mismatch` when it was changed meanwhile, and is still where it was; `corrupt` when
   *   what arrived is not what was sent; what reading and writing throw.
   */
  async move(path: string, target: string, options: MoveFileOptions = {}): Promise<number> {
    try {
      return await this.#move(path, target, options);
    } catch (error) {
      if (options.ifAbsent === true && hasErrorCode(error, 'already-exists')) {
        return await this.#finish(path, target, error, options);
      }
      throw error;
    }
  }

  async #move(path: string, target: string, options: MoveFileOptions): Promise<number> {
    const { ifAbsent, signal } = options;
    if (this.#from.store === this.#to.store && (ifAbsent !== true || this.holdsConditions)) {
      try {
        return await this.#moveInside(path, target, options);
      } catch (error) {
        if (!(ifAbsent === true && hasErrorCode(error, 'unsupported'))) {
          throw error;
        }
      }
    }
    const copied = await this.#copier.copy(path, target, { ...options, condition: { ifAbsent } });
    await this.#slots.run(signal, () => this.#replace(path, target, copied, { signal }));
    return copied.size;
  }

  async #moveInside(path: string, target: string, { ifAbsent, signal, onBytes }: MoveFileOptions): Promise<number> {
    const { size, version } = await this.#to.store.move(pathIn(this.#from, path), pathIn(this.#to, target), { ifAbsent, signal });
    onBytes?.(size);
    const left = await versionOf(this.#from, path, { signal });
    // The same version under both names is one file of a file system that ignores case.
    if (left !== undefined && left !== version) {
      throw this.#keptError(path);
    }
    return size;
  }

  /** Lets the copy take the place of the file. */
  async #replace(path: string, target: string, copied: CopiedFile, options: AbortOptions): Promise<void> {
    const compared = await this.#compare(path, target, options);
    if (compared === undefined) {
      return;
    }
    const { same, from, to, mayBeOne } = compared;
    if (mayBeOne && copied.from !== undefined && from !== copied.from) {
      // Writing the copy has changed the file itself, which must not be deleted.
      const message = `${JSON.stringify(pathIn(this.#from, path))} and ${JSON.stringify(pathIn(this.#to, target))} are one file; it stays`;
      throw new FileStoreError('invalid-argument', message, { path: pathIn(this.#from, path) });
    }
    if (!same && copied.from !== undefined && from !== copied.from) {
      throw this.#keptError(path);
    }
    if (!same && to !== copied.to) {
      throw changedMeanwhile(pathIn(this.#to, target), 'version-mismatch');
    }
    if (!same) {
      const message = `${JSON.stringify(pathIn(this.#to, target))} is not what was sent; the file is kept where it was`;
      throw new FileStoreError('corrupt', message, { path: pathIn(this.#to, target) });
    }
    await this.#delete(path, from, options);
  }

  /** What was moved by a run that ended before it could delete is deleted now. */
  async #finish(path: string, target: string, error: FileStoreError, { signal, onBytes }: MoveFileOptions): Promise<number> {
    const { size } = await this.#from.store.stat(pathIn(this.#from, path), { signal });
    const compared = await this.#compare(path, target, { signal });
    if (compared?.same !== true || compared.mayBeOne) {
      throw error;
    }
    await this.#delete(path, compared.from, { signal });
    onBytes?.(size);
    return size;
  }

  /** @returns `undefined` when the file has gone from where it was. */
  async #compare(path: string, target: string, options: AbortOptions): Promise<Comparison | undefined> {
    const left = { store: this.#from.store, path: pathIn(this.#from, path) };
    const right = { store: this.#to.store, path: pathIn(this.#to, target) };
    try {
      return await compareFiles(left, right, options);
    } catch (error) {
      if (hasErrorCode(error, 'not-found') && (await versionOf(this.#from, path, options)) === undefined) {
        return undefined;
      }
      throw error;
    }
  }

  async #delete(path: string, version: string, options: AbortOptions): Promise<void> {
    try {
      await deleteVersion(this.#from.store, pathIn(this.#from, path), version, options);
    } catch (error) {
      if (!hasErrorCode(error, 'version-mismatch')) {
        throw error;
      }
      if ((await versionOf(this.#from, path, options)) !== undefined) {
        throw this.#keptError(path);
      }
    }
  }

  #keptError(path: string): FileStoreError {
    const file = pathIn(this.#from, path);
    const message = `${JSON.stringify(file)} was changed meanwhile and is kept; what it was before is at the target`;
    return new FileStoreError('version-mismatch', message, { path: file });
  }
}
