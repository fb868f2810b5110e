import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { isMask } from '@oh/file-store-core/secrets';
import {
  everywhere,
  mapSecrets,
  pathKey,
  type SecretPatterns,
  type SettingsFields,
  type SettingsPath,
  urlPatterns,
} from './secret-paths.ts';
import type { SettingsSealer } from './settings-sealer.ts';
import { hasMaskedUrlPassword, hasUrlPassword, withoutUrlPasswords } from './url-password.ts';

/** The field of the object that stands for a sealed key in the file: no program takes such an object for a key. */
export const sealedField = '$sealed';

/** How a sealed key stands in the file. */
interface SealedKey {
  readonly [sealedField]: string;
}

/** A sealed key and where it stands. */
type PlacedKey = readonly [path: SettingsPath, key: SealedKey];

/** A key of the file, sealed and opened. */
interface OpenedKey {
  readonly sealed: SealedKey;
  readonly text: string;
}

/** The sealed keys of a file by `pathKey`. */
export type OpenedKeys = ReadonlyMap<string, OpenedKey>;

/** Whether a value stands for a sealed key. */
export function isSealedKey(value: unknown): value is SealedKey {
  return typeof value === 'object' && value !== null && sealedField in value && typeof value[sealedField] === 'string';
}

/** The fields of a file with all keys in plain text. */
export interface OpenedFields {
  /** As they are stored. */
  readonly opened: SettingsFields;
  /** The same without masks. */
  readonly unmasked: SettingsFields;
  /** The keys that were sealed. */
  readonly keys: OpenedKeys;
}

/** Opens and seals the keys of one settings file, and the URLs in it that have a password. */
export class KeySealing {
  readonly #sealer: SettingsSealer | undefined;
  readonly #patterns: SecretPatterns;
  readonly #path: string;
  readonly #owner: readonly [string, string];

  /**
   * @param path The file, for messages.
   * @param userId Whose it is; keys open for this user only.
   */
  constructor(sealer: SettingsSealer | undefined, patterns: SecretPatterns, path: string, userId: string | undefined) {
    this.#sealer = sealer;
    this.#patterns = patterns;
    this.#path = path;
    this.#owner = ['settings', userId ?? ''];
  }

  /**
   * The fields with every key in plain text, and the keys that were sealed; then without masks, which OpenHands stores for values, at least for
   * `sandbox_api_key`, and in the place of passwords in URLs: the key itself is lost.
   *
   * @throws {FileStoreError} `permission-denied`, naming file and field, when a key does not open; what is retryable as it is.
   */
  async open(fields: SettingsFields, options: AbortOptions): Promise<OpenedFields> {
    const known = new Set<string>();
    let hasMask = false;
    mapSecrets(fields, this.#patterns, isStoredKey, (value, path) => {
      known.add(pathKey(path));
      hasMask ||= isStoredMask(value);
      return value;
    });
    mapSecrets(fields, urlPatterns, isMaskedUrl, (value) => {
      hasMask = true;
      return value;
    });
    const sealed = sealedKeysIn(fields);
    if (sealed.length === 0) {
      return { opened: fields, unmasked: hasMask ? this.#withoutMasks(fields) : fields, keys: new Map() };
    }
    const open = async ([path, key]: PlacedKey): Promise<readonly (readonly [string, OpenedKey])[]> => {
      const text = await this.#openKey(key, path, options);
      // What a newer version or another program has sealed is not written in plain text by this one.
      return known.has(pathKey(path)) || hasUrlPassword(text) ? [[pathKey(path), { sealed: key, text }]] : [];
    };
    const keys = new Map((await Promise.all(sealed.map(open))).flat());
    const opened = mapSecrets(fields, everywhere(fields), isSealedKey, (value, path) => keys.get(pathKey(path))?.text ?? value);
    return { opened, unmasked: this.#withoutMasks(opened), keys };
  }

  /**
   * The fields with every key sealed; a key that is the same at the same place keeps its sealed form.
   *
   * @throws {FileStoreError} `permission-denied` when there is a key and no sealer; what the sealer throws.
   */
  async seal(fields: SettingsFields, keys: OpenedKeys, options: AbortOptions): Promise<SettingsFields> {
    const texts: [SettingsPath, string][] = [];
    this.#map(fields, (value, path) => (isKey(value) ? texts.push([path, value]) : value));
    const sealed = new Map<string, SealedKey>();
    for (const [path, text] of texts) {
      const known = keys.get(pathKey(path));
      sealed.set(pathKey(path), known?.text === text ? known.sealed : await this.#sealKey(text, path, options));
    }
    return this.#map(fields, (_, path) => sealed.get(pathKey(path)));
  }

  /**
   * The fields with all sealed keys sealed anew, wherever they stand: also those of fields that another program has added, or a newer version.
   *
   * @throws {FileStoreError} As {@link open}.
   */
  async sealAnew(fields: SettingsFields, options: AbortOptions): Promise<SettingsFields> {
    const sealed = new Map<string, SealedKey>();
    for (const [path, key] of sealedKeysIn(fields)) {
      sealed.set(pathKey(path), await this.#sealKey(await this.#openKey(key, path, options), path, options));
    }
    return mapSecrets(fields, everywhere(fields), isSealedKey, (_, path) => sealed.get(pathKey(path)));
  }

  /**
   * How many keys are sealed by each key of the sealer, by its id, wherever they stand, also of those that do not open.
   *
   * @throws {FileStoreError} `permission-denied` when there are some and no sealer, which alone knows their ids.
   */
  countKeys(fields: SettingsFields): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [path, key] of sealedKeysIn(fields)) {
      if (this.#sealer === undefined) {
        throw this.#withoutSealer(path);
      }
      const keyId = this.#sealer.keyIdOf(key[sealedField]);
      if (keyId !== undefined) {
        counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Whether the fields have a key that is none of the sealed ones. */
  hasPlainKeys(fields: SettingsFields, keys: OpenedKeys): boolean {
    let count = 0;
    this.#map(fields, (text, path) => {
      count += keys.get(pathKey(path))?.text === text ? 0 : 1;
      return text;
    });
    return count > 0;
  }

  /** As `mapSecrets`, of the keys and, wherever they stand, the URLs with a password. */
  #map(fields: SettingsFields, replace: (value: unknown, path: SettingsPath) => unknown): SettingsFields {
    return mapSecrets(mapSecrets(fields, this.#patterns, isKey, replace), everywhere(fields), hasUrlPassword, replace);
  }

  #withoutMasks(fields: SettingsFields): SettingsFields {
    const unmasked = mapSecrets(fields, this.#patterns, isStoredMask, () => '');
    return mapSecrets(unmasked, urlPatterns, isMaskedUrl, (url) => withoutUrlPasswords(String(url)));
  }

  async #openKey(key: SealedKey, path: SettingsPath, options: AbortOptions): Promise<string> {
    if (this.#sealer === undefined) {
      throw this.#withoutSealer(path);
    }
    try {
      return await this.#sealer.open(key[sealedField], [...this.#owner, ...path], options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof FileStoreError && cause.retryable) {
        throw cause;
      }
      throw this.#refusal(`${path.join('.')} cannot be opened: ${whyNotOpened(cause)}`, cause);
    }
  }

  async #sealKey(text: string, path: SettingsPath, options: AbortOptions): Promise<SealedKey> {
    if (this.#sealer === undefined) {
      const advice = "open the store with a sealer, or with format: 'openhands', which keeps keys in plain text";
      throw this.#refusal(
        `${path.join('.')} ${hasUrlPassword(text) ? 'has a password' : 'is a key'} and is not stored in plain text; ${advice}`,
      );
    }
    return { [sealedField]: await this.#sealer.seal(text, [...this.#owner, ...path], options) };
  }

  #withoutSealer(path: SettingsPath): FileStoreError {
    return this.#refusal(`${path.join('.')} is sealed, and the store was opened without a sealer`);
  }

  #refusal(why: string, cause?: unknown): FileStoreError {
    return new FileStoreError('permission-denied', `the settings at "${this.#path}": ${why}`, { path: this.#path, cause });
  }
}

/** All sealed keys, wherever they stand. */
function sealedKeysIn(fields: SettingsFields): readonly PlacedKey[] {
  const found: PlacedKey[] = [];
  mapSecrets(fields, everywhere(fields), isSealedKey, (value, path) => (isSealedKey(value) ? found.push([path, value]) : value));
  return found;
}

/** An error with a path is one of what keeps the keys: it says itself what is wrong there, and what to do. */
function whyNotOpened(cause: unknown): string {
  if (cause instanceof FileStoreError && cause.path !== undefined) {
    return cause.message.replace(/^\[[a-z-]+\] /, '');
  }
  return hasErrorCode(cause, 'permission-denied') ? 'its key is not there' : 'it was changed, moved or sealed with another key';
}

function isStoredKey(value: unknown): boolean {
  return typeof value === 'string' || isSealedKey(value);
}

/** Its password is a mask, and no other one stands beside it. */
function isMaskedUrl(value: unknown): boolean {
  return hasMaskedUrlPassword(value) && !hasUrlPassword(value);
}

function isStoredMask(value: unknown): boolean {
  return typeof value === 'string' && isMask(value);
}

/** A blank text is no key. */
function isKey(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
