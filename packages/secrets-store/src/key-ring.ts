import { randomBytes } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, homeLayout, type OpenFile, raceAbort } from '@oh/file-store-core';
import { type Envelope, openEnvelope, parseEnvelope, sealText } from './envelope.ts';
import { openRingFile, serializeRingFile } from './key-ring-file.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { Passphrase } from './passphrase.ts';
import { newRingKey, RingKeys } from './ring-keys.ts';
import type { PlainText, SealedText } from './sealed-text.ts';
import type { Sealer } from './sealer.ts';

/** How long in milliseconds a writer trusts that the ring has no newer key. */
const freshMs = 1000;

/** Options of {@link KeyRing}. */
export interface KeyRingOptions {
  /** Where the ring is kept, encrypted; it needs conditions. The caller opens and closes it. */
  readonly files: FileStore;
  /** What protects it. Default: the passphrase in `OH_SECRET_KEY`. */
  readonly wrapper?: KeyWrapper | undefined;
  /** The file of the ring. Default: `secrets/key-ring.json`. */
  readonly path?: string | undefined;
  /** The clock of `created_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/** Options of {@link KeyRing.sealAll}. */
export interface SealOptions extends AbortOptions {
  /** Whether a ring is made when there is none. False where sealed texts are there already: their ring is lost then. Default: true. */
  readonly create?: boolean | undefined;
}

/** The ring as it was read. */
interface LoadedRing {
  readonly version: string;
  readonly keys: RingKeys;
  /** By `performance.now()`. */
  readonly checkedAt: number;
}

/**
 * The keys that secrets are encrypted with: a file of random keys, which is encrypted itself and protected by a {@link KeyWrapper}.
 *
 * It is made when the first text is sealed; of processes that make it at the same time one wins. Opened once, it stays in memory; keys that another
 * process adds are found when they are met. The wrapper is asked once, so that a passphrase costs its derivation once, whatever the number of secrets.
 */
export class KeyRing implements Sealer {
  readonly #files: FileStore;
  readonly #wrapper: KeyWrapper;
  readonly #path: string;
  readonly #now: () => Date;
  #ring: LoadedRing | undefined;
  #loading: Promise<LoadedRing | undefined> | undefined;

  constructor(options: KeyRingOptions) {
    const {
      files,
      wrapper = Passphrase.fromEnvironment(),
      path = `${homeLayout.secrets()}/key-ring.json`,
      now = () => new Date(),
    } = options;
    this.#files = files;
    this.#wrapper = wrapper;
    this.#path = path;
    this.#now = now;
  }

  /** The file of the ring. */
  get path(): string {
    return this.#path;
  }

  async seal(text: string, context: readonly string[], options: AbortOptions = {}): Promise<string> {
    const [sealed] = await this.sealAll([{ text, context }], options);
    return sealed as string;
  }

  async open(sealed: string, context: readonly string[], options: AbortOptions = {}): Promise<string> {
    const [opened] = await this.openAll([{ sealed, context }], options);
    if (typeof opened !== 'string') {
      throw opened;
    }
    return opened;
  }

  isSealed(text: string): boolean {
    return parseEnvelope(text) !== undefined;
  }

  /**
   * Seals many texts, each with a data key of its own.
   *
   * @returns The sealed texts in their order.
   * @throws {FileStoreError} `permission-denied` when there is no key, or not the right one; `invalid-argument` for a text with a lone surrogate.
   */
  async sealAll(texts: readonly PlainText[], options: SealOptions = {}): Promise<readonly string[]> {
    if (!texts.every(({ text }) => text.isWellFormed())) {
      throw new FileStoreError('invalid-argument', 'a text with a lone surrogate cannot be sealed: UTF-8 cannot hold it');
    }
    if (texts.length === 0) {
      return [];
    }
    const { current } = await this.#keysForSealing(options);
    return texts.map(({ text, context }) => sealText(current, text, context));
  }

  /**
   * Opens many sealed texts.
   *
   * @returns In their order the texts, or the error of those that do not open: `permission-denied` when their key is not there, else `corrupt`.
   * @throws {FileStoreError} `permission-denied` when the ring itself does not open.
   */
  async openAll(texts: readonly SealedText[], options: AbortOptions = {}): Promise<readonly (string | FileStoreError)[]> {
    if (texts.length === 0) {
      return [];
    }
    const envelopes = texts.map(({ sealed }) => parseEnvelope(sealed));
    const keys = await this.#keysForOpening(envelopes, options);
    return texts.map((text, index) => this.#openOne(text, envelopes[index], keys));
  }

  #openOne(
    { context, label = describe(context), path }: SealedText,
    envelope: Envelope | undefined,
    keys: RingKeys | undefined,
  ): string | FileStoreError {
    if (envelope === undefined) {
      return new FileStoreError('corrupt', `${label} cannot be opened: it is not a sealed text, or was changed`, { path });
    }
    const key = keys?.find(envelope.keyId);
    if (key === undefined) {
      return new FileStoreError('permission-denied', `${label} cannot be opened: ${this.#whyWithout(envelope.keyId, keys)}`, { path });
    }
    const moved = `${label} cannot be opened: it was changed, or sealed for another place`;
    return openEnvelope(key, envelope, context) ?? new FileStoreError('corrupt', moved, { path });
  }

  #whyWithout(keyId: string, keys: RingKeys | undefined): string {
    if (keys === undefined) {
      return `there is no key ring at "${this.#path}"; bring it back from a backup`;
    }
    return `its key "${keyId}" is ${keys.isRetired(keyId) ? 'retired' : 'not'} in the key ring at "${this.#path}"`;
  }

  async #keysForSealing({ create = true, signal }: SealOptions): Promise<RingKeys> {
    signal?.throwIfAborted();
    const isFresh = this.#ring !== undefined && performance.now() - this.#ring.checkedAt < freshMs;
    const ring = isFresh ? this.#ring : await raceAbort(this.#load(), signal);
    if (ring !== undefined) {
      return ring.keys;
    }
    if (!create) {
      throw new FileStoreError(
        'permission-denied',
        `there is no key ring at "${this.#path}", but sealed secrets; bring it back from a backup`,
        {
          path: this.#path,
        },
      );
    }
    return (await raceAbort(this.#make(), signal)).keys;
  }

  async #keysForOpening(envelopes: readonly (Envelope | undefined)[], { signal }: AbortOptions): Promise<RingKeys | undefined> {
    signal?.throwIfAborted();
    const { keys } = this.#ring ?? {};
    // Another process may have added the key since.
    const knowsAll = keys !== undefined && envelopes.every((envelope) => envelope === undefined || keys.find(envelope.keyId) !== undefined);
    return knowsAll ? keys : (await raceAbort(this.#load(), signal))?.keys;
  }

  /** Shared by all that ask meanwhile. */
  async #load(): Promise<LoadedRing | undefined> {
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
        throw new FileStoreError('permission-denied', `the key ring at "${this.#path}" is gone; bring it back from a backup`, {
          path: this.#path,
        });
      }
      return undefined;
    }
    try {
      const { version } = file.info;
      const keys = version === this.#ring?.version ? this.#ring.keys : await this.#unlock(await file.text());
      this.#ring = { version, keys, checkedAt };
      return this.#ring;
    } finally {
      await file.close();
    }
  }

  async #openFile(): Promise<OpenFile | undefined> {
    try {
      return await this.#files.open(this.#path);
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  async #unlock(text: string): Promise<RingKeys> {
    const { keys } = await openRingFile(text, this.#path, this.#wrapper, {});
    return new RingKeys(keys);
  }

  /** Reads what it has written, so that nothing is sealed before it is known that the ring opens. */
  async #make(): Promise<LoadedRing> {
    const fileKey = randomBytes(32);
    const wrappedKey = await this.#wrapper.wrap(fileKey);
    const text = serializeRingFile({ fileKey, wrappedKey, keys: [newRingKey(this.#now())] }, this.#wrapper.kind);
    await this.#files.write(this.#path, text, { ifAbsent: true }).catch((error: unknown) => {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    });
    const ring = await this.#read();
    if (ring === undefined) {
      throw new FileStoreError('unavailable', `the key ring at "${this.#path}" was made and is gone`, { path: this.#path });
    }
    return ring;
  }
}

function describe(context: readonly string[]): string {
  return `what is sealed for ${context.map((text) => JSON.stringify(text)).join(', ')}`;
}
