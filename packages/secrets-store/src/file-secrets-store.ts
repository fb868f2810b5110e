import {
  type AbortOptions,
  type FileStore,
  FileStoreError,
  hasErrorCode,
  homeLayout,
  type StorageLayout,
  updateFile,
} from '@oh/file-store-core';
import { EncryptedSecrets } from './encrypted-secrets.ts';
import { KeyRing } from './key-ring.ts';
import { Secret } from './secret.ts';
import { checkChange, type SecretsChange, toChanges } from './secrets-change.ts';
import { emptyDocument, parseDocument } from './secrets-document.ts';
import type { SecretInfo, SecretsStore } from './secrets-store.ts';
import type { StoredSecrets } from './stored-secrets.ts';
import { UserSecrets } from './user-secrets.ts';

/** Options of {@link FileSecretsStore}. */
export interface FileSecretsStoreOptions {
  /** Where the secrets are kept; it needs conditions. The caller opens and closes it. */
  readonly files: FileStore;
  /** The keys. Default: a ring in `files`, protected by the passphrase in `OH_SECRET_KEY`. */
  readonly keys?: KeyRing | undefined;
  /** Where the secrets lie in it. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose secrets they are. Default: none, those of an installation with one user. */
  readonly userId?: string | undefined;
}

/** A {@link SecretsStore} in a file store: one file, changed as a whole and by compare-and-set, each value in it encrypted by itself. */
export class FileSecretsStore implements SecretsStore {
  readonly #files: FileStore;
  readonly #keys: KeyRing;
  readonly #userId: string | undefined;
  /** The file. */
  readonly path: string;

  /** @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path. */
  constructor({ files, keys = new KeyRing({ files }), layout = homeLayout, userId }: FileSecretsStoreOptions) {
    this.#files = files;
    this.#keys = keys;
    this.#userId = userId;
    this.path = `${layout.secrets(userId)}/secrets.json`;
  }

  async load(options: AbortOptions = {}): Promise<UserSecrets | null> {
    const stored = await this.#read(options);
    return stored === undefined ? null : await openAll(stored, options);
  }

  async store(secrets: UserSecrets, options: AbortOptions = {}): Promise<void> {
    await this.#change(async (stored) => {
      const current = await openAll(stored, options);
      const [unreadable] = current.unreadable;
      if (unreadable !== undefined) {
        throw unreadable.error;
      }
      return toChanges(current, secrets);
    }, options);
  }

  async update(change: (current: UserSecrets) => UserSecrets | Promise<UserSecrets>, options: AbortOptions = {}): Promise<UserSecrets> {
    let next = new UserSecrets();
    await this.#change(async (stored) => {
      const current = await openAll(stored, options);
      next = await change(current);
      return toChanges(current, next);
    }, options);
    return next;
  }

  async getSecret(name: string, options: AbortOptions = {}): Promise<Secret> {
    const secret = await (await this.#read(options))?.open(name, options);
    if (secret === undefined) {
      throw new FileStoreError('not-found', `no secret ${JSON.stringify(name)}`, { path: this.path });
    }
    return secret;
  }

  async setSecret(name: string, value: string | Secret, description?: string | null, options: AbortOptions = {}): Promise<void> {
    const secret = value instanceof Secret ? value : new Secret(value);
    const change: SecretsChange = {
      section: 'custom_secrets',
      name,
      draft: { secret, attributes: description === undefined ? {} : { description } },
    };
    await this.#change(() => [change], options);
  }

  async deleteSecret(name: string, options: AbortOptions = {}): Promise<void> {
    const deletion: SecretsChange = { section: 'custom_secrets', name, draft: undefined };
    const stored = await this.#read(options);
    if (stored?.list().some((each) => each.name === name) === true) {
      await this.#change(() => [deletion], options);
    }
  }

  async list(options: AbortOptions = {}): Promise<readonly SecretInfo[]> {
    return (await this.#read(options))?.list() ?? [];
  }

  async #read(options: AbortOptions): Promise<StoredSecrets | undefined> {
    try {
      return this.#parse(await this.#files.read(this.path, { signal: options.signal }));
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  #parse(text: string | undefined): StoredSecrets {
    const document = text === undefined ? emptyDocument : parseDocument(text, this.path);
    return new EncryptedSecrets(document, { path: this.path, userId: this.#userId }, this.#keys);
  }

  async #change(
    plan: (stored: StoredSecrets) => readonly SecretsChange[] | Promise<readonly SecretsChange[]>,
    options: AbortOptions,
  ): Promise<void> {
    const replace = async (text: string | undefined): Promise<string> => {
      const stored = this.#parse(text);
      const changes = await plan(stored);
      changes.forEach(checkChange);
      if (changes.length === 0 && text !== undefined) {
        return text;
      }
      return await stored.change(changes, options);
    };
    await updateFile(this.#files, this.path, replace, { signal: options.signal });
  }
}

async function openAll(stored: StoredSecrets, options: AbortOptions): Promise<UserSecrets> {
  const secrets = await stored.openAll(options);
  const [unreadable] = secrets.unreadable;
  const isEmpty = Object.keys(secrets.customSecrets).length + Object.keys(secrets.providerTokens).length === 0;
  if (unreadable !== undefined && isEmpty) {
    throw unreadable.error;
  }
  return secrets;
}
