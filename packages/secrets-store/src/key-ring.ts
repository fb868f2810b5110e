import { type AbortOptions, type FileStore, FileStoreError, homeLayout, normalizePath } from '@oh/file-store-core';
import { decodeBase64Url } from './base64url.ts';
import { type Envelope, openEnvelope, parseEnvelope, rewrapEnvelope, sealText } from './envelope.ts';
import { hmacSha256, verifyHmacSha256 } from './hmac.ts';
import { KeyRingStorage } from './key-ring-storage.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { Passphrase } from './passphrase.ts';
import { newRingKey, type RingKeyInfo, type RingKeyRecord, type RingKeys } from './ring-keys.ts';
import type { PlainText, SealedText } from './sealed-text.ts';
import type { Sealer } from './sealer.ts';

const defaultPath = `${homeLayout.secrets()}/key-ring.json`;

/** Options of {@link KeyRing}. */
export interface KeyRingOptions {
  /** Where the ring is kept, encrypted; it needs conditions. The caller opens and closes it. */
  readonly files: FileStore;
  /** What protects it. Default: the passphrase in `OH_SECRET_KEY`. */
  readonly wrapper?: KeyWrapper | undefined;
  /**
   * The file of the ring. Default: `secrets/key-ring.json`. A ring there is not made where secrets or settings in `files`, of the installation or of one of the first
   * 100 users, are sealed: theirs is lost then, which is `permission-denied`. Rings elsewhere, which are one of several, are made without a look.
   */
  readonly path?: string | undefined;
  /** The clock of `created_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/** Options of {@link KeyRing.sealAll} and {@link KeyRing.authenticate}. */
export interface SealOptions extends AbortOptions {
  /** Whether a ring is made when there is none. False where sealed or authenticated texts are there already: their ring is lost then. Default: true. */
  readonly create?: boolean | undefined;
}

/**
 * The keys that secrets are encrypted with: a file of random keys, which is encrypted itself and protected by a {@link KeyWrapper}.
 *
 * It is made when the first text is sealed; of processes that make it at the same time one wins. Opened once, it stays in memory; keys that another
 * process adds are found when they are met, and seal within a second. The wrapper is asked once, so that a passphrase costs its derivation once,
 * whatever the number of secrets.
 */
export class KeyRing implements Sealer {
  readonly #storage: KeyRingStorage;
  readonly #now: () => Date;

  /** @throws {FileStoreError} `invalid-path`. */
  constructor(options: KeyRingOptions) {
    const { files, wrapper = Passphrase.fromEnvironment(), path = defaultPath, now = () => new Date() } = options;
    this.#storage = new KeyRingStorage({ files, wrapper, path, isOnlyRing: normalizePath(path) === defaultPath, now });
    this.#now = now;
  }

  /** The file of the ring. */
  get path(): string {
    return this.#storage.path;
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

  keyIdOf(text: string): string | undefined {
    return parseEnvelope(text)?.keyId;
  }

  /**
   * Seals many texts, each with a data key of its own.
   *
   * @returns The sealed texts in their order.
   * @throws {FileStoreError} `permission-denied` when there is no key, or not the right one; `invalid-argument` for a text, or a context, with a lone surrogate.
   */
  async sealAll(texts: readonly PlainText[], { create = true, signal }: SealOptions = {}): Promise<readonly string[]> {
    if (!texts.every(({ text, context }) => isWellFormed(text, ...context))) {
      throw new FileStoreError(
        'invalid-argument',
        'a text with a lone surrogate cannot be sealed, nor one for a name that has it: UTF-8 cannot hold it',
      );
    }
    if (texts.length === 0) {
      return [];
    }
    const { current } = await this.#storage.keysForSealing(create, signal);
    return texts.map(({ text, context }) => sealText(current, text, context));
  }

  /**
   * Opens many sealed texts.
   *
   * @returns In their order the texts, or the error of those that do not open: `permission-denied` when their key is not there, else `corrupt`.
   * @throws {FileStoreError} `permission-denied` when the ring itself does not open.
   */
  async openAll(texts: readonly SealedText[], { signal }: AbortOptions = {}): Promise<readonly (string | FileStoreError)[]> {
    return await this.#openEach(texts, signal, ({ envelope, key, context }) => openEnvelope(key, envelope, context));
  }

  /**
   * Wraps the data keys of many sealed texts by the newest key of the ring; what they hold is not encrypted anew.
   *
   * @returns In their order the texts as they are sealed then, or the error of those that do not open, as of {@link openAll}.
   * @throws {FileStoreError} `permission-denied` when the ring itself does not open; `not-found` when there is none.
   */
  async rewrapAll(texts: readonly SealedText[], { signal }: AbortOptions = {}): Promise<readonly (string | FileStoreError)[]> {
    const { current } = await this.#storage.currentKeys(signal);
    return await this.#openEach(texts, signal, ({ envelope, key, context }) => rewrapEnvelope(key, current, envelope, context));
  }

  /** Authenticates a text by the newest key. @returns `KEY-ID.TAG`, an HMAC-SHA256 in base64url. */
  async authenticate(text: string, { create = true, signal }: SealOptions = {}): Promise<string> {
    const { current } = await this.#storage.keysForSealing(create, signal);
    return `${current.id}.${hmacSha256(current.macKey, Buffer.from(text)).toString('base64url')}`;
  }

  /** Whether {@link authenticate} gave this for the text, also under a key that was retired; `undefined` when the key is not in the ring. */
  async isAuthentic(text: string, mac: string, { signal }: AbortOptions = {}): Promise<boolean | undefined> {
    const [keyId = '', tag = ''] = mac.split('.');
    const keys = await this.#storage.keysForOpening([keyId], signal, (ring, id) => ring.findMacKey(id) !== undefined);
    const key = keys?.findMacKey(keyId);
    return key && verifyHmacSha256(key, Buffer.from(text), decodeBase64Url(tag) ?? Buffer.alloc(0));
  }

  /** The keys of the ring, the oldest first. @throws {FileStoreError} `not-found` when there is no ring. */
  async list(options: AbortOptions = {}): Promise<readonly RingKeyInfo[]> {
    return (await this.#storage.currentKeys(options.signal)).list();
  }

  /** Adds a new key, which seals from now on; the others still open. @returns Its id. @throws {FileStoreError} `not-found` when there is no ring. */
  async addKey(options: AbortOptions = {}): Promise<string> {
    const key = newRingKey(this.#now());
    await this.#storage.edit((ring) => ({ ...ring, keys: [...ring.keys, key] }), options);
    return key.id;
  }

  /**
   * Lets a key open nothing any more. It is kept, encrypted, so that `reinstateKey` can bring it back; `retireKey` asks first whether something needs it.
   *
   * @throws {FileStoreError} `invalid-argument` for the key that seals, or one that is not there.
   */
  async disableKey(id: string, options: AbortOptions = {}): Promise<void> {
    await this.#setRetired(id, true, options);
  }

  /** Lets a retired key open again; it does not seal. @throws {FileStoreError} `invalid-argument` for one that is not there. */
  async reinstateKey(id: string, options: AbortOptions = {}): Promise<void> {
    await this.#setRetired(id, false, options);
  }

  /**
   * Removes a retired key for ever: what is still sealed by it is lost.
   *
   * @throws {FileStoreError} `invalid-argument` for one that is not there, or not retired.
   */
  async destroyKey(id: string, options: AbortOptions = {}): Promise<void> {
    await this.#storage.edit((ring) => {
      if (!this.#find(ring.keys, id).retired) {
        throw new FileStoreError('invalid-argument', `the key "${id}" is not retired`, { path: this.path });
      }
      return { ...ring, keys: ring.keys.filter((key) => key.id !== id) };
    }, options);
  }

  /** Lets something else protect the ring, such as a new passphrase; no secret is touched. Other processes need it from then on. */
  async protectWith(wrapper: KeyWrapper, options: AbortOptions = {}): Promise<void> {
    await this.#storage.protectWith(wrapper, options);
  }

  async #setRetired(id: string, retired: boolean, options: AbortOptions): Promise<void> {
    await this.#storage.edit((ring) => {
      const { id: current } = ring.keys.findLast((key) => !key.retired) ?? {};
      const found = this.#find(ring.keys, id);
      if (retired && id === current) {
        throw new FileStoreError('invalid-argument', `the key "${id}" is the one that seals; add another one first`, { path: this.path });
      }
      const others = ring.keys.filter((key) => key.id !== id);
      // First, so that it never is the one that seals.
      return { ...ring, keys: [{ ...found, retired }, ...others] };
    }, options);
  }

  #find(keys: readonly RingKeyRecord[], id: string): RingKeyRecord {
    const key = keys.find((each) => each.id === id);
    if (key === undefined) {
      throw new FileStoreError('invalid-argument', `there is no key ${JSON.stringify(id)} in the key ring at "${this.path}"`, {
        path: this.path,
      });
    }
    return key;
  }

  async #openEach(
    texts: readonly SealedText[],
    signal: AbortSignal | undefined,
    open: (sealed: Opening) => string | undefined,
  ): Promise<readonly (string | FileStoreError)[]> {
    if (texts.length === 0) {
      return [];
    }
    const envelopes = texts.map(({ sealed }) => parseEnvelope(sealed));
    const keyIds = new Set(envelopes.flatMap((envelope) => (envelope === undefined ? [] : [envelope.keyId])));
    const keys = await this.#storage.keysForOpening(keyIds, signal);
    return texts.map((text, index) => this.#openOne(text, envelopes[index], keys, open));
  }

  #openOne(
    text: SealedText,
    envelope: Envelope | undefined,
    keys: RingKeys | undefined,
    open: (sealed: Opening) => string | undefined,
  ): string | FileStoreError {
    const { context, label = describe(context), path } = text;
    if (envelope === undefined) {
      return new FileStoreError('corrupt', `${label} cannot be opened: it is not a sealed text, or was changed`, { path });
    }
    const key = keys?.find(envelope.keyId);
    if (key === undefined) {
      return new FileStoreError('permission-denied', `${label} cannot be opened: ${this.#whyWithout(envelope.keyId, keys)}`, { path });
    }
    const moved = `${label} cannot be opened: it was changed, or sealed for another place`;
    // For a name with a lone surrogate nothing was ever sealed.
    const opened = isWellFormed(...context) ? open({ envelope, key, context }) : undefined;
    return opened ?? new FileStoreError('corrupt', moved, { path });
  }

  #whyWithout(keyId: string, keys: RingKeys | undefined): string {
    if (keys === undefined) {
      return `there is no key ring at "${this.path}"; bring it back from a backup`;
    }
    return `its key "${keyId}" is ${keys.isRetired(keyId) ? 'retired' : 'not'} in the key ring at "${this.path}"`;
  }
}

/** An envelope and what opens it. */
interface Opening {
  readonly envelope: Envelope;
  readonly key: RingKeys['current'];
  readonly context: readonly string[];
}

function isWellFormed(...texts: readonly string[]): boolean {
  return texts.every((text) => text.isWellFormed());
}

function describe(context: readonly string[]): string {
  return `what is sealed for ${context.map((text) => JSON.stringify(text)).join(', ')}`;
}
