import { randomBytes } from 'node:crypto';
import { type AbortOptions, FileStoreError, raceAbort } from '@oh/file-store-core';
import { decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import { defaultKeyDerivation, deriveFromPassphrase, formatKeyDerivation, parseKeyDerivation } from './key-derivation.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { openHandsPreviousPassphrases } from './openhands-passphrase.ts';

const saltBytes = 16;

/** Options of {@link Passphrase}. */
export interface PassphraseOptions {
  /** Passphrases of before a change, or what gives them: they open what the passphrase does not, and protect nothing anew. Default: none. */
  readonly previous?: readonly string[] | (() => readonly string[]) | undefined;
}

/**
 * Protects keys by a passphrase, of which scrypt (N = 2^17, r = 8) makes the key.
 *
 * Costs and salt are kept with what is protected, which opens on every runtime that Node's `scrypt` is on.
 */
export class Passphrase implements KeyWrapper {
  readonly kind = 'passphrase';
  readonly #read: () => string;
  readonly #readPrevious: () => readonly string[];
  #advice = '';

  /** @param passphrase The text, or what gives it each time it is needed. */
  constructor(passphrase: string | (() => string), { previous = [] }: PassphraseOptions = {}) {
    this.#read = typeof passphrase === 'string' ? () => passphrase : passphrase;
    this.#readPrevious = typeof previous === 'function' ? previous : () => previous;
  }

  /**
   * The passphrase in a variable of the environment, read when it is needed.
   *
   * Beside `OH_SECRET_KEY` the passphrases in `OH_PREVIOUS_SECRET_KEYS` open what was protected before it was changed: a list in JSON, or numbered variables
   * `OH_PREVIOUS_SECRET_KEYS_0` and so on, as of OpenHands' agent server. One that is no such list is `invalid-argument` when it is needed.
   *
   * @param variable Default: `OH_SECRET_KEY`.
   * @param environment Default: `process.env`.
   */
  static fromEnvironment(variable = 'OH_SECRET_KEY', environment: Readonly<Record<string, string | undefined>> = process.env): Passphrase {
    const read = (): string => environment[variable] || failWithout(variable);
    if (variable !== 'OH_SECRET_KEY') {
      return new Passphrase(read);
    }
    const passphrase = new Passphrase(read, { previous: () => openHandsPreviousPassphrases(environment) });
    passphrase.#advice = `; where ${variable} was changed, give the one of before in OH_PREVIOUS_SECRET_KEYS, as ["the passphrase of before"]`;
    return passphrase;
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
    const context = toContext(`${costs}$${saltText}`);
    const open = async (passphrase: string): Promise<Uint8Array | undefined> =>
      decrypt(await raceAbort(deriveFromPassphrase(passphrase, derivation, salt), options.signal), box, context);
    let key = await open(this.#passphrase());
    for (const previous of key === undefined ? this.#readPrevious() : []) {
      key ??= await open(previous);
    }
    if (key === undefined) {
      const message = `the passphrase is wrong, or the key that it protects was changed${this.#advice}`;
      throw new FileStoreError('permission-denied', message);
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
