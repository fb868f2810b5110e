import { randomBytes } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, type OpenFile, raceAbort, updateFile } from '@oh/file-store-core';
import { findSealedFile } from './find-sealed-file.ts';
import { type OpenRingFile, openRingFile, serializeRingFile, wrapFileKey } from './key-ring-file.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { newRingKey, RingKeys } from './ring-keys.ts';

/** How long in milliseconds a writer trusts that the ring has no newer key. */
const freshMs = 1000;

/** The ring as it was read. */
interface LoadedRing {
  readonly version: string;
  readonly keys: RingKeys;
  /** By `performance.now()`. */
  readonly checkedAt: number;
}

/** What a {@link KeyRingStorage} is made of. */
export interface KeyRingStorageOptions {
  readonly files: FileStore;
  readonly path: string;
  /** Whether all that is sealed in `files` is sealed by this ring, so that none is made where something is. */
  readonly isOnlyRing: boolean;
  readonly wrapper: KeyWrapper;
  readonly now: () => Date;
}

/** Keeps a ring in its file, and what was read of it in memory. */
export class KeyRingStorage {
  readonly path: string;
  readonly #files: FileStore;
  readonly #isOnlyRing: boolean;
  readonly #now: () => Date;
  #wrapper: KeyWrapper;
  #ring: LoadedRing | undefined;
  #loading: Promise<LoadedRing | undefined> | undefined;
  #making: Promise<LoadedRing> | undefined;

  constructor({ files, path, isOnlyRing, wrapper, now }: KeyRingStorageOptions) {
    this.#files = files;
    this.#isOnlyRing = isOnlyRing;
    this.path = path;
    this.#wrapper = wrapper;
    this.#now = now;
  }

  /**
   * The keys, with one that others have added a second ago.
   *
   * @param create Whether a ring is made when there is none.
   */
  async keysForSealing(create: boolean, signal: AbortSignal | undefined): Promise<RingKeys> {
    signal?.throwIfAborted();
    const isFresh = this.#ring !== undefined && performance.now() - this.#ring.checkedAt < freshMs;
    const ring = isFresh ? this.#ring : await raceAbort(this.#load(), signal);
    if (ring !== undefined) {
      return ring.keys;
    }
    if (!create) {
      throw this.#denied(`there is no key ring at "${this.path}", but sealed secrets; bring it back from a backup`);
    }
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return (await raceAbort(this.#making, signal)).keys;
  }

  /**
   * The keys, read again when one of these is not among them; `undefined` when there is no ring.
   *
   * @param has Whether a ring has a key, for what it is needed.
   */
  async keysForOpening(
    keyIds: Iterable<string>,
    signal: AbortSignal | undefined,
    has = (keys: RingKeys, id: string): boolean => keys.find(id) !== undefined,
  ): Promise<RingKeys | undefined> {
    signal?.throwIfAborted();
    const { keys } = this.#ring ?? {};
    // Another process may have added the key since.
    const knowsAll = keys !== undefined && [...keyIds].every((id) => has(keys, id));
    return knowsAll ? keys : (await raceAbort(this.#load(), signal))?.keys;
  }

  /** The keys as they are stored now. @throws {FileStoreError} `not-found` when there is no ring. */
  async currentKeys(signal: AbortSignal | undefined): Promise<RingKeys> {
    signal?.throwIfAborted();
    const ring = await raceAbort(this.#load(), signal);
    return ring?.keys ?? this.#fail();
  }

  /** Changes the ring by compare-and-set, then reads it: what was written opens. @throws {FileStoreError} `not-found` when there is no ring. */
  async edit(change: (ring: OpenRingFile) => OpenRingFile, { signal }: AbortOptions): Promise<void> {
    await this.#rewrite(async (ring) => change(ring), this.#wrapper, signal);
  }

  /** Lets another wrapper protect the ring, with another file key. @throws {FileStoreError} `not-found` when there is no ring. */
  async protectWith(wrapper: KeyWrapper, { signal }: AbortOptions): Promise<void> {
    const fileKey = randomBytes(32);
    const wrappedKey = await wrapFileKey(fileKey, this.path, wrapper, { signal });
    await this.#rewrite(async (ring) => ({ ...ring, fileKey, wrappedKey }), wrapper, signal);
  }

  async #rewrite(
    change: (ring: OpenRingFile) => Promise<OpenRingFile>,
    wrapper: KeyWrapper,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const replace = async (text: string | undefined): Promise<string> => {
      const ring = await openRingFile(text ?? this.#fail(), this.path, this.#wrapper, { signal });
      return serializeRingFile(await change(ring), wrapper.kind);
    };
    await updateFile(this.#files, this.path, replace, { signal });
    this.#wrapper = wrapper;
    await this.#read();
  }

  /** The ring as it is now: what was begun before may have read an older one. Shared by all that ask meanwhile. */
  async #load(): Promise<LoadedRing | undefined> {
    await this.#loading?.catch(() => undefined);
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return await this.#loading;
  }

  async #read(): Promise<LoadedRing | undefined> {
    const checkedAt = performance.now();
    const file = await this.#openFile();
    if (file === undefined) {
      if (this.#ring !== undefined) {
        // A new one would take its place, and with it every secret be lost.
        throw this.#denied(`the key ring at "${this.path}" is gone; bring it back from a backup`);
      }
      return undefined;
    }
    try {
      const { version } = file.info;
      const keys = version === this.#ring?.version ? this.#ring.keys : await this.#unlock(await file.text());
      const ring = { version, keys, checkedAt };
      // A reading that was begun later knows better.
      this.#ring = this.#ring === undefined || this.#ring.checkedAt <= checkedAt ? ring : this.#ring;
      return this.#ring;
    } finally {
      await file.close();
    }
  }

  async #openFile(): Promise<OpenFile | undefined> {
    try {
      return await this.#files.open(this.path);
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  async #unlock(text: string): Promise<RingKeys> {
    const { keys } = await openRingFile(text, this.path, this.#wrapper, {});
    return new RingKeys(keys);
  }

  /** Reads what it has written, so that nothing is sealed before it is known that the ring opens. */
  async #make(): Promise<LoadedRing> {
    const sealedFile = this.#isOnlyRing ? await findSealedFile(this.#files, {}) : undefined;
    if (sealedFile !== undefined) {
      // Others may have made a ring, and sealed by it, since it was looked for.
      return (await this.#read()) ?? this.#failBeside(sealedFile);
    }
    const fileKey = randomBytes(32);
    const wrappedKey = await wrapFileKey(fileKey, this.path, this.#wrapper, {});
    const ring = { fileKey, wrappedKey, keys: [newRingKey(this.#now())], unknownFields: {} };
    const text = serializeRingFile(ring, this.#wrapper.kind);
    try {
      await this.#files.write(this.path, text, { ifAbsent: true });
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
      await this.#wrapper.discard?.(wrappedKey);
    }
    return (await this.#read()) ?? this.#fail();
  }

  #failBeside(sealedFile: string): never {
    throw this.#denied(
      `there is no key ring at "${this.path}", but "${sealedFile}" was sealed by one; bring it back from a backup; if that one lies elsewhere, give this one a path of its own too; if it is lost for ever, move what it sealed away`,
    );
  }

  #denied(message: string): FileStoreError {
    return new FileStoreError('permission-denied', message, { path: this.path });
  }

  #fail(): never {
    throw new FileStoreError('not-found', `there is no key ring at "${this.path}"`, { path: this.path });
  }
}
