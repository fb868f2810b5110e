import { createSecretKey, randomBytes } from 'node:crypto';
import { type AbortOptions, FileStoreError, raceAbort } from '@oh/file-store-core';
import { decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import type { KeyWrapper } from './key-wrapper.ts';

const keyBytes = 32;

/** The kernel's keyring, which `@napi-rs/keyring` takes where there is no Secret Service, forgets everything at a restart. */
const entryOptions = { linux: { store: 'secret-service' } } as const;

/** Options of {@link Keychain}. */
export interface KeychainOptions {
  /** The name under which entries are kept, 1 to 64 of `A-Z a-z 0-9 . _ -`. Default: `oh-storage`. */
  readonly service?: string | undefined;
  /** What protects a new ring where there is no keychain, as on a server without a desktop. Default: nothing does, and it is an error. */
  readonly fallback?: KeyWrapper | undefined;
}

/**
 * Protects keys by an entry in the keychain of the operating system: the Keychain of macOS, the Credential Manager of Windows, the Secret Service (GNOME Keyring,
 * KWallet) of Linux. It needs the package `@napi-rs/keyring`, which is loaded when it is first used.
 *
 * Each ring has an entry of its own. A ring that the fallback protects stays with it, and one of the keychain is opened by that alone.
 */
export class Keychain implements KeyWrapper {
  readonly kind = 'keychain';
  readonly #service: string;
  readonly #fallback: KeyWrapper | undefined;

  constructor({ service = 'oh-storage', fallback }: KeychainOptions = {}) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(service)) {
      throw new RangeError('the service of a keychain is 1 to 64 letters, digits, ".", "_" or "-"');
    }
    this.#service = service;
    this.#fallback = fallback;
  }

  async wrap(key: Uint8Array, { signal }: AbortOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const account = `key-ring-${randomBytes(8).toString('hex')}`;
    const secret = randomBytes(keyBytes);
    try {
      const entry = await openEntry(this.#service, account);
      await raceAbort(entry.setSecret(secret), signal);
      const stored = await raceAbort(entry.getSecret(), signal);
      if (stored === null || !secret.equals(Buffer.from(stored))) {
        throw new FileStoreError('unavailable', 'the keychain does not keep what it was given');
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#fallback === undefined) {
        throw toError(error, 'keep a key');
      }
      return `fallback$${await this.#fallback.wrap(key, { signal })}`;
    }
    const header = `keychain$${this.#service}$${account}`;
    return `${header}$${encrypt(createSecretKey(secret), key, toContext(header)).toString('base64url')}`;
  }

  async unwrap(wrapped: string, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (wrapped.startsWith('fallback$')) {
      return await this.#unwrapFallback(wrapped.slice('fallback$'.length), signal);
    }
    const [, header = '', service = '', account = '', box = ''] =
      /^(keychain\$([A-Za-z0-9._-]+)\$(key-ring-[0-9a-f]{16}))\$([\w-]+)$/.exec(wrapped) ?? [];
    if (header === '') {
      throw new FileStoreError('corrupt', 'no key that a keychain protects');
    }
    const secret = await readEntry(service, account, signal);
    const key = decrypt(createSecretKey(secret), decodeBase64Url(box) ?? Buffer.alloc(0), toContext(header));
    if (key === undefined) {
      throw new FileStoreError(
        'permission-denied',
        `the entry "${account}" of "${service}" in the keychain is not the one that protects the key`,
      );
    }
    return key;
  }

  /** Removes the entry that {@link wrap} has made. */
  async discard(wrapped: string): Promise<void> {
    const [, service, account] = wrapped.split('$');
    if (wrapped.startsWith('keychain$') && service !== undefined && account !== undefined) {
      await (await openEntry(service, account)).deleteCredential();
    }
  }

  async #unwrapFallback(wrapped: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    if (this.#fallback === undefined) {
      throw new FileStoreError(
        'permission-denied',
        'it was made where there was no keychain, and is protected by the fallback of then, which was not given',
      );
    }
    return await this.#fallback.unwrap(wrapped, { signal });
  }
}

type Entry = InstanceType<typeof import('@napi-rs/keyring')['AsyncEntry']>;

async function openEntry(service: string, account: string): Promise<Entry> {
  let keyring: typeof import('@napi-rs/keyring');
  try {
    keyring = await import('@napi-rs/keyring');
  } catch (cause) {
    const message = 'the keychain needs the package @napi-rs/keyring, which cannot be loaded; run: npm install @napi-rs/keyring';
    throw new FileStoreError('unsupported', message, { cause });
  }
  return new keyring.AsyncEntry(service, account, entryOptions);
}

async function readEntry(service: string, account: string, signal: AbortSignal | undefined): Promise<Buffer> {
  let stored: readonly number[] | null;
  try {
    stored = await raceAbort((await openEntry(service, account)).getSecret(), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw toError(error, 'be read');
  }
  if (stored?.length !== keyBytes) {
    throw new FileStoreError('permission-denied', `no key: the keychain has no entry "${account}" of "${service}", or another one`);
  }
  return Buffer.from(stored);
}

function toError(cause: unknown, verb: string): FileStoreError {
  return cause instanceof FileStoreError
    ? cause
    : new FileStoreError('permission-denied', `the keychain cannot ${verb}; is it there, and unlocked?`, { cause });
}

function toContext(header: string): Uint8Array {
  return encodeContext(['oh-secrets-store keychain', header]);
}
