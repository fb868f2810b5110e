import { randomBytes } from 'node:crypto';
import { type AbortOptions, FileStoreError, raceAbort } from '@oh/file-store-core';
import { decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import { defaultKeyDerivation, deriveFromPassphrase, formatKeyDerivation, parseKeyDerivation } from './key-derivation.ts';
import type { KeyWrapper } from './key-wrapper.ts';

const saltBytes = 16;

/**
 * Protects keys by a passphrase, of which scrypt (N = 2^17, r = 8) makes the key.
 *
 * Costs and salt are kept with what is protected, which opens on every runtime that Node's `scrypt` is on.
 */
export class Passphrase implements KeyWrapper {
  readonly kind = 'passphrase';
  readonly #read: () => string;

  /** @param passphrase The text, or what gives it each time it is needed. */
  constructor(passphrase: string | (() => string)) {
    this.#read = typeof passphrase === 'string' ? () => passphrase : passphrase;
  }

  /** The passphrase in a variable of the environment, read when it is needed. @param variable Default: `OH_SECRET_KEY`. */
  static fromEnvironment(variable = 'OH_SECRET_KEY'): Passphrase {
    return new Passphrase(() => process.env[variable] || failWithout(variable));
  }

  async wrap(key: Uint8Array, options: AbortOptions = {}): Promise<string> {
    const salt = randomBytes(saltBytes);
    const header = `${formatKeyDerivation(defaultKeyDerivation)}$${salt.toString('base64url')}`;
    const wrappingKey = await raceAbort(deriveFromPassphrase(this.#passphrase(), defaultKeyDerivation, salt), options.signal);
    return `${header}$${encrypt(wrappingKey, key, toContext(header)).toString('base64url')}`;
  }

  async unwrap(wrapped: string, options: AbortOptions = {}): Promise<Uint8Array> {
    const [, costs = '', saltText = '', boxText = ''] = /^([^$]+\$[^$]+)\$([^$]+)\$([^$]+)$/.exec(wrapped) ?? [];
    const derivation = parseKeyDerivation(costs);
    const salt = decodeBase64Url(saltText);
    const box = decodeBase64Url(boxText);
    if (derivation === undefined || salt?.length !== saltBytes || box === undefined) {
      throw new FileStoreError('corrupt', 'no key that a passphrase protects, or one whose costs are out of bounds');
    }
    const wrappingKey = await raceAbort(deriveFromPassphrase(this.#passphrase(), derivation, salt), options.signal);
    const key = decrypt(wrappingKey, box, toContext(`${costs}$${saltText}`));
    if (key === undefined) {
      throw new FileStoreError('permission-denied', 'the passphrase is wrong, or the key that it protects was changed');
    }
    return key;
  }

  #passphrase(): string {
    const passphrase = this.#read();
    if (passphrase === '') {
      throw new FileStoreError('permission-denied', 'no key: the passphrase is empty');
    }
    return passphrase;
  }
}

function failWithout(variable: string): never {
  const message = `no key: the environment has no ${variable}; set it, or give the store another key, since secrets are never stored in plain text`;
  throw new FileStoreError('permission-denied', message);
}

/** Binds the costs and the salt to what is encrypted. */
function toContext(header: string): Uint8Array {
  return encodeContext(['oh-secrets-store passphrase', header]);
}
