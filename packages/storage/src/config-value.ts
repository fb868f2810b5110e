import { FileStoreError } from '@oh/file-store-core';
import { Secret } from '@oh/secrets-store';
import type { ConfigKey, StorageConfig } from './storage-config.ts';

/**
 * Reads the value of a key.
 *
 * @param value As it stands in a file or in the environment; an empty text is none.
 * @param source Where it stands, for errors.
 * @throws {FileStoreError} `invalid-argument`, naming the key and never the value, which may be a secret.
 */
export function readConfigValue<Key extends ConfigKey>(key: Key, value: unknown, source: string): StorageConfig[Key];
export function readConfigValue(key: ConfigKey, value: unknown, source: string): StorageConfig[ConfigKey] {
  if (value === undefined || value === '') {
    return undefined;
  }
  switch (key) {
    case 'file_store_web_hook_batch':
      return toBoolean(value) ?? refuse(key, source, 'true or false');
    case 'file_store_web_hook_headers':
      return toHeaders(value) ?? refuse(key, source, 'a table of texts, or such a table as JSON: {"Authorization":"Bearer ..."}');
    default:
      return typeof value === 'string' ? value : refuse(key, source, 'a text');
  }
}

function refuse(key: ConfigKey, source: string, expected: string): never {
  throw new FileStoreError('invalid-argument', `${key} in ${source} is not ${expected}`);
}

/** As OpenHands reads it from the environment, but that other words are refused and not taken for false. */
function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') {
    return value;
  }
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : undefined;
  return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : undefined;
}

function toHeaders(value: unknown): Readonly<Record<string, Secret>> | undefined {
  const table = typeof value === 'string' ? parseJson(value) : value;
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    return undefined;
  }
  const entries = Object.entries(table);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries.map(([name, text]) => [name, new Secret(text)]))
    : undefined;
}

/** @returns `undefined` when it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what is expected; the text may be a secret.
    return undefined;
  }
}
