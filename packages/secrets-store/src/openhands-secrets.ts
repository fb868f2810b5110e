import { randomBytes } from 'node:crypto';
import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { isMask, Secret } from '@oh/file-store-core/secrets';
import { Fernet } from './fernet.ts';
import { isJsonObject } from './json-object.ts';
import { type OpenHandsDocument, type OpenHandsForm, serializeOpenHandsDocument } from './openhands-document.ts';
import { toProviderTokenInfo } from './provider-token-info.ts';
import type { SecretDraft, SecretsChange } from './secrets-change.ts';
import type { ProviderTokenInfo, SecretInfo } from './secrets-store.ts';
import type { ReadSecret, StoredSecrets } from './stored-secrets.ts';
import { type SecretsSection, sections, valueFields } from './user-secrets.ts';

/** Names that the agent server takes; one other and it reads none. */
const agentServerName = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** How the file of OpenHands is read and written. */
export interface OpenHandsOptions {
  readonly path: string;
  readonly form: OpenHandsForm;
  /** The passphrase of the Fernet tokens, asked when one is met; `undefined`: there is none. */
  readonly passphrase: () => string | undefined;
  /** Those that open tokens besides it, asked when it does not open one. */
  readonly previousPassphrases: () => readonly string[];
}

/**
 * Secrets in the file of OpenHands. Both forms are read, whichever is written: values in plain text and Fernet tokens.
 *
 * Null, an empty token and a mask are no secret: OpenHands leaves them where it has lost one. They stay as they are until one takes their place.
 */
export class OpenHandsSecrets implements StoredSecrets {
  readonly #document: OpenHandsDocument;
  readonly #options: OpenHandsOptions;

  constructor(document: OpenHandsDocument, options: OpenHandsOptions) {
    this.#document = document;
    this.#options = options;
  }

  list(): readonly SecretInfo[] {
    return Array.from(this.#document.custom_secrets).flatMap(([name, entry]) => {
      const { description } = toFields('custom_secrets', entry);
      return isAbsent('custom_secrets', entry) ? [] : [{ name, description: typeof description === 'string' ? description : null }];
    });
  }

  listProviderTokens(): readonly ProviderTokenInfo[] {
    return Array.from(this.#document.provider_tokens).flatMap(([provider, entry]) =>
      isAbsent('provider_tokens', entry) ? [] : [toProviderTokenInfo(provider, toFields('provider_tokens', entry))],
    );
  }

  async readAll(options: AbortOptions): Promise<readonly ReadSecret[]> {
    options.signal?.throwIfAborted();
    return sections.flatMap((section) => Array.from(this.#document[section]).flatMap(([name, entry]) => this.#read(section, name, entry)));
  }

  async open(name: string, options: AbortOptions): Promise<Secret | undefined> {
    options.signal?.throwIfAborted();
    const [found] = this.#read('custom_secrets', name, this.#document.custom_secrets.get(name));
    if (found?.value instanceof FileStoreError) {
      throw found.value;
    }
    return found?.value;
  }

  async change(changes: readonly SecretsChange[], options: AbortOptions): Promise<string> {
    options.signal?.throwIfAborted();
    const { provider_tokens, custom_secrets, credentialVersions } = this.#document;
    const next = { provider_tokens: new Map(provider_tokens), custom_secrets: new Map(custom_secrets) };
    const versions = new Map(credentialVersions);
    for (const { section, name, draft } of changes) {
      if (draft === undefined) {
        next[section].delete(name);
        versions.delete(name);
      } else {
        next[section].set(name, this.#toEntry(section, name, draft));
        if (section === 'custom_secrets' && versions.has(name)) {
          versions.set(name, randomBytes(24).toString('base64url'));
        }
      }
    }
    return serializeOpenHandsDocument({ ...this.#document, ...next, credentialVersions: versions }, this.#options.form);
  }

  /** Nothing for what is no secret. */
  #read(section: SecretsSection, name: string, entry: unknown): readonly ReadSecret[] {
    if (isAbsent(section, entry)) {
      return [];
    }
    const { [valueFields[section]]: stored, name: _name, ...attributes } = toFields(section, entry);
    return [{ section, name, value: this.#open(section, name, stored), attributes }];
  }

  #open(section: SecretsSection, name: string, stored: unknown): Secret | FileStoreError {
    const label = `the ${section === 'custom_secrets' ? 'secret' : 'token of provider'} ${JSON.stringify(name)} at "${this.#options.path}"`;
    const { path } = this.#options;
    if (typeof stored !== 'string') {
      return new FileStoreError('corrupt', `${label} cannot be read: its value is no text`, { path });
    }
    if (!Fernet.isToken(stored)) {
      return new Secret(stored);
    }
    let tried = 0;
    for (const each of this.#passphrases()) {
      const text = Fernet.fromPassphrase(each).decrypt(stored);
      if (text !== undefined) {
        return new Secret(text);
      }
      tried += 1;
    }
    const reason =
      tried === 0
        ? 'it is a Fernet token, and the environment has no OH_SECRET_KEY'
        : 'it is a Fernet token of another OH_SECRET_KEY, or was changed; one of before a rotation belongs into OH_PREVIOUS_SECRET_KEYS';
    return new FileStoreError('permission-denied', `${label} cannot be opened: ${reason}`, { path });
  }

  /** Those of before a rotation are asked for only where the present one does not open. */
  *#passphrases(): Generator<string, void, undefined> {
    const passphrase = this.#options.passphrase();
    if (passphrase !== undefined) {
      yield passphrase;
    }
    yield* this.#options.previousPassphrases();
  }

  #toEntry(section: SecretsSection, name: string, { secret, attributes }: SecretDraft): object {
    const { form } = this.#options;
    const entry = this.#document[section].get(name);
    const [stored] = this.#read(section, name, entry);
    if (stored?.value instanceof FileStoreError) {
      throw stored.value;
    }
    const { [valueFields[section]]: _value, name: _name, ...kept } = toFields(section, entry);
    const text = secret.expose();
    if (section === 'provider_tokens') {
      if (form === 'agent-server') {
        throw new FileStoreError('unsupported', 'the agent server of OpenHands keeps no tokens of providers, and would drop them');
      }
      return { token: this.#toPlain(name, text), ...kept, ...attributes };
    }
    if (form === 'openhands') {
      // OpenHands drops a secret whose description is null.
      const { description, ...others } = { ...kept, ...attributes };
      return { secret: this.#toPlain(name, text), description: description ?? '', ...others };
    }
    return { name, secret: this.#toToken(name, text), description: null, ...kept, ...attributes };
  }

  #toPlain(name: string, text: string): string {
    if (Fernet.isToken(text)) {
      throw new FileStoreError(
        'invalid-argument',
        `the secret ${JSON.stringify(name)} has the form of a Fernet token and would be taken for one`,
      );
    }
    return text;
  }

  #toToken(name: string, text: string): string {
    if (!agentServerName.test(name)) {
      const rule = 'a letter, then up to 63 letters, digits and "_"';
      throw new FileStoreError('invalid-argument', `the agent server of OpenHands does not take the name ${JSON.stringify(name)}: ${rule}`);
    }
    if (isBlank(text)) {
      throw new FileStoreError('invalid-argument', `the agent server of OpenHands takes a blank value for none: ${JSON.stringify(name)}`);
    }
    const passphrase = this.#options.passphrase();
    if (passphrase === undefined) {
      throw new FileStoreError(
        'permission-denied',
        'no key: the environment has no OH_SECRET_KEY; set it, since secrets are stored as Fernet tokens',
      );
    }
    return Fernet.fromPassphrase(passphrase).encrypt(text);
  }
}

/** A text alone is a value, as older agent servers had it. */
function toFields(section: SecretsSection, entry: unknown): Record<string, unknown> {
  if (typeof entry === 'string') {
    return { [valueFields[section]]: entry };
  }
  return isJsonObject(entry) ? entry : {};
}

function isAbsent(section: SecretsSection, entry: unknown): boolean {
  if (entry !== undefined && entry !== null && typeof entry !== 'string' && !isJsonObject(entry)) {
    return false;
  }
  const value = toFields(section, entry)[valueFields[section]] ?? null;
  return value === null || (typeof value === 'string' && isMask(value)) || (value === '' && section === 'provider_tokens');
}

/** Whether Python's `str.strip` leaves nothing of a text. */
function isBlank(text: string): boolean {
  return Array.from(text).every((each) => /\p{White_Space}/u.test(each) || (each >= '\u001c' && each <= '\u001f'));
}
