import { FileStoreError } from '@oh/file-store-core';

/** Variables of the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The passphrase of Fernet tokens that OpenHands' agent server takes from its environment; a blank one is none. */
export function openHandsPassphrase(environment: Environment): string | undefined {
  const { OH_SECRET_KEY, SESSION_API_KEY, OH_SESSION_API_KEYS_0 } = environment;
  return OH_SECRET_KEY?.trim() ? OH_SECRET_KEY : SESSION_API_KEY || OH_SESSION_API_KEYS_0 || undefined;
}

/**
 * The passphrases of before a rotation, with which OpenHands' agent server (from 1.58 on) opens what it has encrypted then: `OH_PREVIOUS_SECRET_KEYS`, a
 * list in JSON, or without it `OH_PREVIOUS_SECRET_KEYS_0` and so on. Blank ones are none.
 *
 * @throws {FileStoreError} `invalid-argument` when the variable is no such list.
 */
export function openHandsPreviousPassphrases(environment: Environment): readonly string[] {
  const name = 'OH_PREVIOUS_SECRET_KEYS';
  const list = environment[name];
  const passphrases = list === undefined ? numbered(name, environment) : parseList(name, list);
  return passphrases.filter((each) => each.trim() !== '');
}

function parseList(name: string, text: string): readonly string[] {
  let list: unknown;
  try {
    list = JSON.parse(text || '[]');
  } catch {
    // The error repeats a part of the text.
  }
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) {
    return list;
  }
  throw new FileStoreError('invalid-argument', `${name} is no list of texts in JSON, such as ["the passphrase of before"]`);
}

function numbered(name: string, environment: Environment): readonly string[] {
  const passphrases: string[] = [];
  for (let each = environment[`${name}_0`]; each !== undefined; each = environment[`${name}_${passphrases.length}`]) {
    passphrases.push(each);
  }
  return passphrases;
}
