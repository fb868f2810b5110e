import { createHash, createSecretKey, type KeyObject, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { encodeContext } from './encode-context.ts';

/** The costs of scrypt, which makes a key of a passphrase; N is 2 to the power of `logN`. @see https://www.rfc-editor.org/rfc/rfc7914 */
export interface KeyDerivation {
  readonly logN: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** About 300 ms, 128 MiB. @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
export const defaultKeyDerivation: KeyDerivation = { logN: 17, blockSize: 8, parallelization: 1 };

const keyBytes = 32;
const maxRemembered = 64;
const remembered = new Map<string, Promise<KeyObject>>();

/** As text: `scrypt$ln=17,r=8,p=1`, the spelling of https://github.com/P-H-C/phc-string-format. */
export function formatKeyDerivation({ logN, blockSize, parallelization }: KeyDerivation): string {
  return `scrypt$ln=${logN},r=${blockSize},p=${parallelization}`;
}

/**
 * Reads what {@link formatKeyDerivation} wrote.
 *
 * The costs are bounded: below them a passphrase would be cheap to guess, above them a file could take all memory of the machine.
 *
 * @returns `undefined` for anything else.
 */
export function parseKeyDerivation(text: string): KeyDerivation | undefined {
  const found = /^scrypt\$ln=(\d{1,2}),r=8,p=(\d{1,2})$/.exec(text);
  if (found !== null) {
    const [logN, parallelization] = found.slice(1).map(Number) as [number, number];
    return isWithin(logN, 17, 20) && isWithin(parallelization, 1, 4) ? { logN, blockSize: 8, parallelization } : undefined;
  }
  return undefined;
}

/** Makes a key of 32 bytes of a passphrase. The same key is made once in a process, whoever asks and how many at once. */
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

async function derive(passphrase: string, { logN, blockSize, parallelization }: KeyDerivation, salt: Uint8Array): Promise<KeyObject> {
  const message = Buffer.from(passphrase);
  const options = { N: 2 ** logN, r: blockSize, p: parallelization, maxmem: 256 * 2 ** logN * blockSize };
  const key = await promisify<Buffer, Uint8Array, number, object, Buffer>(scrypt)(message, salt, keyBytes, options);
  message.fill(0);
  const result = createSecretKey(key);
  key.fill(0);
  return result;
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
