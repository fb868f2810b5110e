import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { isExposable, Secret } from '@oh/file-store-core/secrets';
import type { AuditLog } from './audit-log.ts';
import type { EncryptedSecrets, SecretVersion } from './encrypted-secrets.ts';
import type { KeyHolder } from './rotate-keys.ts';
import { toChanges } from './secrets-change.ts';
import type { ChangePlan, SecretsFile, SecretsFileVersion } from './secrets-file.ts';
import { encryptedFile, openHandsFile, type SecretsLocation } from './secrets-location.ts';
import type { ProviderTokenInfo, SecretInfo, SecretsStore } from './secrets-store.ts';
import type { StoredSecrets } from './stored-secrets.ts';
import { toUserSecrets } from './to-user-secrets.ts';
import { UserSecrets } from './user-secrets.ts';

/** The kind of secret that has a name and no provider. */
const section = 'custom_secrets';

/** Options of {@link FileSecretsStore}. */
export interface FileSecretsStoreOptions extends SecretsLocation {
  /**
   * What is written; default: `encrypted`.
   *
   * - `encrypted`: the form of this package.
   * - `openhands`: the `secrets.json` of OpenHands' own server. **Values are in plain text**, that server reads no other.
   * - `agent-server`: the `secrets.json` of OpenHands' agent server, values as Fernet tokens under `OH_SECRET_KEY`.
   */
  readonly format?: 'encrypted' | 'openhands' | 'agent-server' | undefined;
  /** Where it is written down who read and changed which secret. Default: nowhere. */
  readonly audit?: AuditLog | undefined;
}

/**
 * A {@link SecretsStore} in a file store: one file, changed as a whole and by compare-and-set.
 *
 * Where no encrypted file is there yet, the secrets of OpenHands' file are read, in any of its forms; changes are refused until `migrateSecrets` has moved them.
 */
export class FileSecretsStore implements SecretsStore, KeyHolder {
  readonly #file: SecretsFile;
  /** The same, when it is encrypted. */
  readonly #encrypted: SecretsFile<EncryptedSecrets> | undefined;
  /** What is read while the encrypted file is not there. */
  readonly #older: SecretsFile | undefined;
  readonly #audit: AuditLog | undefined;

  /** @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path. */
  constructor({ format = 'encrypted', audit, ...location }: FileSecretsStoreOptions) {
    if (format === 'encrypted') {
      this.#encrypted = encryptedFile(location);
      this.#file = this.#encrypted;
      this.#older = openHandsFile(location, 'openhands');
    } else {
      this.#file = openHandsFile(location, format);
    }
    this.#audit = audit;
  }

  /** The file with the secrets. */
  get path(): string {
    return this.#file.path;
  }

  async load(options: AbortOptions = {}): Promise<UserSecrets | null> {
    return (await this.#readAndOpen((stored) => this.#openAll(stored, options), options)) ?? null;
  }

  async store(secrets: UserSecrets, options: AbortOptions = {}): Promise<void> {
    await this.#change(async (stored) => {
      const current = await this.#openAll(stored, options);
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
      const current = await this.#openAll(stored, options);
      next = await change(current);
      return toChanges(current, next);
    }, options);
    return next;
  }

  async getSecret(name: string, options: AbortOptions = {}): Promise<Secret> {
    const secret = await this.#readAndOpen((stored) => stored.open(name, options), options);
    return await this.#give(secret, name, `no secret ${JSON.stringify(name)}`, options);
  }

  async setSecret(name: string, value: string | Secret, description?: string | null, options: AbortOptions = {}): Promise<void> {
    const secret = isExposable(value) ? value : new Secret(value);
    const draft = { secret, attributes: description === undefined ? {} : { description } };
    await this.#change(() => [{ section, name, draft }], options);
  }

  async deleteSecret(name: string, options: AbortOptions = {}): Promise<void> {
    const stored = await this.#read(options);
    if (stored?.list().some((each) => each.name === name) === true) {
      await this.#change(() => [{ section, name, draft: undefined }], options);
    }
  }

  async deleteProviderToken(provider: string, options: AbortOptions = {}): Promise<void> {
    const tokens = await this.listProviderTokens(options);
    if (tokens.some((each) => each.provider === provider)) {
      await this.#change(() => [{ section: 'provider_tokens', name: provider, draft: undefined }], options);
    }
  }

  async list(options: AbortOptions = {}): Promise<readonly SecretInfo[]> {
    return (await this.#read(options))?.list() ?? [];
  }

  async listProviderTokens(options: AbortOptions = {}): Promise<readonly ProviderTokenInfo[]> {
    return (await this.#read(options))?.listProviderTokens() ?? [];
  }

  /**
   * The versions of a custom secret that are there, the newest first; `history` says how many are kept.
   *
   * @throws {FileStoreError} `unsupported` for the formats of OpenHands.
   */
  async listVersions(name: string, options: AbortOptions = {}): Promise<readonly SecretVersion[]> {
    return (await this.#encryptedFile().read(options))?.versions(name) ?? [];
  }

  /** An older version of a custom secret. @throws {FileStoreError} as `getSecret`; `unsupported` for the formats of OpenHands. */
  async getSecretVersion(name: string, version: number, options: AbortOptions = {}): Promise<Secret> {
    const secret = await (await this.#encryptedFile().read(options))?.openVersion(name, version, options);
    return await this.#give(secret, name, `no version ${version} of the secret ${JSON.stringify(name)}`, options);
  }

  /**
   * Makes the value of an older version the newest one, by compare-and-set; the version it replaces is kept as `history` says.
   *
   * @throws {FileStoreError} as `getSecret` and `setSecret`; `unsupported` for the formats of OpenHands.
   */
  async rollbackSecret(name: string, version: number, options: AbortOptions = {}): Promise<void> {
    await this.#logged(this.#encryptedFile(), options, async (stored) => {
      const secret = await stored.openVersion(name, version, options);
      if (secret === undefined) {
        throw this.#notFound(`no version ${version} of the secret ${JSON.stringify(name)}`);
      }
      return [{ section, name, draft: { secret, attributes: {} } }];
    });
  }

  /** How many sealed values the file has of each key, by its id; versions count. */
  async countKeys(options: AbortOptions = {}): Promise<ReadonlyMap<string, number>> {
    return (await this.#encrypted?.read(options))?.countKeys() ?? new Map();
  }

  /** Wraps all values by the newest key, by compare-and-set, see `rotateKeys`. @returns The errors of those that do not open and stay as they are. */
  async rewrap(options: AbortOptions = {}): Promise<readonly FileStoreError[]> {
    let errors: readonly FileStoreError[] = [];
    await this.#encrypted?.rewrite(async (stored) => {
      // First, as it fails without a ring, which the audit log would make.
      const rewrapped = await stored.rewrap(options);
      await this.#audit?.record({ action: 'rotate', path: this.path, names: stored.names() }, options);
      errors = rewrapped.errors;
      return rewrapped.text;
    }, options);
    return errors;
  }

  async #read(options: AbortOptions): Promise<StoredSecrets | undefined> {
    return (await this.#readVersion(options))?.stored;
  }

  async #readVersion(options: AbortOptions): Promise<SecretsFileVersion | undefined> {
    const found = (await this.#file.readVersion(options)) ?? (await this.#older?.readVersion(options));
    // A migration may have moved all from the one to the other between the two looks.
    return found ?? (this.#older && (await this.#file.readVersion(options)));
  }

  /** Before a key is retired, the file is rewrapped: where it was read before that, and opened after, it is read once more. */
  async #readAndOpen<T>(open: (stored: StoredSecrets) => Promise<T>, options: AbortOptions): Promise<T | undefined> {
    let refused: { readonly error: unknown; readonly version: string } | undefined;
    for (;;) {
      const found = await this.#readVersion(options);
      if (refused !== undefined && refused.version === found?.version) {
        throw refused.error;
      }
      try {
        return found && (await open(found.stored));
      } catch (error) {
        if (found === undefined || !hasErrorCode(error, 'permission-denied')) {
          throw error;
        }
        refused = { error, version: found.version };
      }
    }
  }

  async #openAll(stored: StoredSecrets, options: AbortOptions): Promise<UserSecrets> {
    const secrets = toUserSecrets(await stored.readAll(options));
    const names = namesOf(secrets);
    const [unreadable] = secrets.unreadable;
    if (unreadable !== undefined && names.length === 0) {
      throw unreadable.error;
    }
    await this.#audit?.record({ action: 'read', path: this.path, names }, options);
    return secrets;
  }

  async #give(secret: Secret | undefined, name: string, missing: string, options: AbortOptions): Promise<Secret> {
    if (secret === undefined) {
      throw this.#notFound(missing);
    }
    await this.#audit?.record({ action: 'read', path: this.path, names: [`${section}/${name}`] }, options);
    return secret;
  }

  async #change(plan: ChangePlan, options: AbortOptions): Promise<void> {
    await this.#logged(this.#file, options, async (stored, exists) => {
      if (!exists && (await this.#older?.exists(options)) === true) {
        const message = `the secrets of OpenHands at "${this.#older?.path}" are not encrypted yet; move them with migrateSecrets, or open them with a format of OpenHands`;
        throw new FileStoreError('already-exists', message, { path: this.#older?.path });
      }
      return await plan(stored, exists);
    });
  }

  /** What is tried again because somebody else was faster, and is the same, is told once. */
  async #logged<T extends StoredSecrets>(file: SecretsFile<T>, options: AbortOptions, plan: ChangePlan<T>): Promise<void> {
    const told = new Set<string>();
    await file.change(plan, options, async (changes) => {
      for (const action of ['write', 'delete'] as const) {
        const names = changes
          .filter(({ draft }) => (draft === undefined) === (action === 'delete'))
          .map((each) => `${each.section}/${each.name}`);
        if (names.length > 0 && !told.has(`${action} ${names}`)) {
          // A deletion needs no key, and where something sealed lies, a new ring would take the place of one that is lost.
          const create = action === 'write' || this.#encrypted === undefined;
          await this.#audit?.record({ action, path: this.path, names }, { ...options, create });
          told.add(`${action} ${names}`);
        }
      }
    });
  }

  #encryptedFile(): SecretsFile<EncryptedSecrets> {
    if (this.#encrypted === undefined) {
      throw new FileStoreError('unsupported', 'the files of OpenHands keep no versions', { path: this.path });
    }
    return this.#encrypted;
  }

  #notFound(message: string): FileStoreError {
    return new FileStoreError('not-found', message, { path: this.path });
  }
}

function namesOf({ providerTokens, customSecrets }: UserSecrets): readonly string[] {
  return [
    ...Object.keys(providerTokens).map((name) => `provider_tokens/${name}`),
    ...Object.keys(customSecrets).map((name) => `custom_secrets/${name}`),
  ];
}
