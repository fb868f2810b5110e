import crypto, { createHash, createSecretKey, type KeyObject, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { FileStoreError } from '@oh/file-store-core';
import { encodeContext } from './encode-context.ts';

/** How a key is made of a passphrase. */
export type KeyDerivation =
  /** https://www.rfc-editor.org/rfc/rfc9106; memory in KiB. */
  | { readonly name: 'argon2id'; readonly memory: number; readonly passes: number; readonly lanes: number }
  /** https://www.rfc-editor.org/rfc/rfc7914; N is 2 to the power of `logN`. */
  | { readonly name: 'scrypt'; readonly logN: number; readonly blockSize: number; readonly parallelization: number };

/** RFC 9106, section 4, second recommended option: 64 MiB. About 110 ms. */
const argon2id: KeyDerivation = { name: 'argon2id', memory: 65_536, passes: 3, lanes: 4 };
/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html. About 300 ms, 128 MiB. */
const scryptDefault: KeyDerivation = { name: 'scrypt', logN: 17, blockSize: 8, parallelization: 1 };

const keyBytes = 32;
const maxRemembered = 64;
const remembered = new Map<string, Promise<KeyObject>>();

/** Argon2id where the runtime has it (Node 24.7 with OpenSSL 3.2, and newer), else scrypt. */
export function defaultKeyDerivation(): KeyDerivation {
  return hasArgon2() ? argon2id : scryptDefault;
}

/** As text: `argon2id$m=65536,t=3,p=4`, `scrypt$ln=17,r=8,p=1`, the spelling of https://github.com/P-H-C/phc-string-format. */
export function formatKeyDerivation(derivation: KeyDerivation): string {
  return derivation.name === 'argon2id'
    ? `argon2id$m=${derivation.memory},t=${derivation.passes},p=${derivation.lanes}`
    : `scrypt$ln=${derivation.logN},r=${derivation.blockSize},p=${derivation.parallelization}`;
}

/**
 * Reads what {@link formatKeyDerivation} wrote.
 *
 * The costs are bounded: below them a passphrase would be cheap to guess, above them a file could take all memory of the machine.
 *
 * @returns `undefined` for anything else.
 */
export function parseKeyDerivation(text: string): KeyDerivation | undefined {
  const argon = /^argon2id\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})$/.exec(text);
  if (argon !== null) {
    const [memory, passes, lanes] = argon.slice(1).map(Number) as [number, number, number];
    const isBounded = isWithin(memory, 19_456, 1_048_576) && isWithin(passes, memory < 65_536 ? 2 : 1, 16) && isWithin(lanes, 1, 16);
    return isBounded ? { name: 'argon2id', memory, passes, lanes } : undefined;
  }
  const found = /^scrypt\$ln=(\d{1,2}),r=8,p=(\d{1,2})$/.exec(text);
  if (found !== null) {
    const [logN, parallelization] = found.slice(1).map(Number) as [number, number];
    return isWithin(logN, 17, 20) && isWithin(parallelization, 1, 4) ? { name: 'scrypt', logN, blockSize: 8, parallelization } : undefined;
  }
  return undefined;
}

/**
 * Makes a key of 32 bytes of a passphrase. The same key is made once in a process, whoever asks and how many at once.
 *
 * @throws {FileStoreError} `unsupported` for argon2id on a runtime that lacks it.
 */
export async function deriveFromPassphrase(passphrase: string, derivation: KeyDerivation, salt: Uint8Array): Promise<KeyObject> {
  const identity = encodeContext([passphrase, formatKeyDerivation(derivation), Buffer.from(salt).toString('hex')]);
  const name = createHash('sha256').update(identity).digest('base64');
  identity.fill(0);
  const known = remembered.get(name);
  if (known !== undefined) {
    return await known;
  }
  const derived = derive(passphrase, derivation, salt);
  remembered.set(name, derived);
  const [oldest] = remembered.keys();
  if (remembered.size > maxRemembered && oldest !== undefined) {
    remembered.delete(oldest);
  }
  derived.catch(() => remembered.delete(name));
  return await derived;
}

async function derive(passphrase: string, derivation: KeyDerivation, salt: Uint8Array): Promise<KeyObject> {
  const message = Buffer.from(passphrase);
  const key = derivation.name === 'argon2id' ? await runArgon2(message, derivation, salt) : await runScrypt(message, derivation, salt);
  message.fill(0);
  const result = createSecretKey(key);
  key.fill(0);
  return result;
}

async function runArgon2(message: Buffer, derivation: KeyDerivation & { name: 'argon2id' }, nonce: Uint8Array): Promise<Buffer> {
  if (!hasArgon2()) {
    throw new FileStoreError(
      'unsupported',
      `keys made with argon2id need Node 24.7 or newer, with OpenSSL 3.2 or newer; this is ${process.version}, with ${process.versions.openssl}: run a newer one, or make the keys with this one, which opens everywhere`,
    );
  }
  const { memory, passes, lanes: parallelism } = derivation;
  return await promisify(crypto.argon2)('argon2id', { message, nonce, parallelism, tagLength: keyBytes, memory, passes });
}

async function runScrypt(message: Buffer, derivation: KeyDerivation & { name: 'scrypt' }, salt: Uint8Array): Promise<Buffer> {
  const { logN, blockSize, parallelization } = derivation;
  const options = { N: 2 ** logN, r: blockSize, p: parallelization, maxmem: 256 * 2 ** logN * blockSize };
  return await promisify<Buffer, Uint8Array, number, object, Buffer>(scrypt)(message, salt, keyBytes, options);
}

/** Tried, at its least cost: where the OpenSSL of a Node lacks it, or a Bun does, the function is there and throws. */
function hasArgon2(): boolean {
  try {
    crypto.argon2Sync('argon2id', { message: '', nonce: new Uint8Array(16), parallelism: 1, tagLength: 4, memory: 8, passes: 1 });
    return true;
  } catch {
    return false;
  }
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
