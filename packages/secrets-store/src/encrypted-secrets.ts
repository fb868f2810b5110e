import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { Secret } from '@oh/file-store-core/secrets';
import { changeDocument, type EntryDraft, entryOf, mapSealed } from './change-document.ts';
import { parseEnvelope, sealedPattern } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { toProviderTokenInfo } from './provider-token-info.ts';
import type { SealedText } from './sealed-text.ts';
import type { SecretDraft, SecretsChange } from './secrets-change.ts';
import {
  type DamagedEntry,
  type DocumentEntry,
  type DocumentVersion,
  emptyDocument,
  parseDocument,
  type SealedDocument,
  type SecretsDocument,
  serializeDocument,
  serializeSealedDocument,
} from './secrets-document.ts';
import type { ProviderTokenInfo, SecretInfo } from './secrets-store.ts';
import type { ReadSecret, StoredSecrets } from './stored-secrets.ts';
import { type SecretsSection, sections, valueFields } from './user-secrets.ts';

/** The file of encrypted secrets that is meant, whose it is, and what writes it. */
export interface EncryptedSecretsOptions {
  readonly path: string;
  readonly userId: string | undefined;
  readonly keys: KeyRing;
  /** How many versions before the newest are kept; `undefined`: those that are there. */
  readonly history: number | undefined;
  readonly now: () => Date;
  /** Whether the file is sealed as a whole; `undefined`: as it was. */
  readonly sealNames: boolean | undefined;
}

/** A version of a custom secret, without its value. */
export interface SecretVersion {
  /** From 1; it only grows. */
  readonly version: number;
  /** When it was stored, an ISO 8601 date; null when nobody knows. */
  readonly updated_at: string | null;
}

/** Names a secret of a file. */
interface SecretName {
  readonly section: SecretsSection;
  readonly name: string;
}

/** A stored secret and its name. */
interface StoredEntry extends SecretName {
  readonly entry: DocumentVersion | DamagedEntry;
}

/** The seal around a file, and what stands beside it. */
interface SealedWhole extends SealedText, SealedDocument {}

/** Secrets in the form of this package: names and descriptions in clear, each value sealed for its user, file, section, name and version. */
export class EncryptedSecrets implements StoredSecrets {
  readonly #document: SecretsDocument;
  readonly #options: EncryptedSecretsOptions;
  /** The file as a whole, where it is sealed. */
  readonly #whole: SealedWhole | undefined;

  constructor(document: SecretsDocument, options: EncryptedSecretsOptions, whole?: SealedWhole) {
    this.#document = document;
    this.#options = options;
    this.#whole = whole;
  }

  /**
   * Reads the text of the file; `undefined`: there is none.
   *
   * @throws {FileStoreError} `corrupt`, `unsupported`; what opening throws, where the file is sealed as a whole.
   */
  static async parse(text: string | undefined, options: EncryptedSecretsOptions, { signal }: AbortOptions): Promise<EncryptedSecrets> {
    const document = text === undefined ? emptyDocument : parseDocument(text, options.path);
    if (!('sealed' in document)) {
      return new EncryptedSecrets(document, options);
    }
    const { path, userId = '', keys } = options;
    const whole = { ...document, context: [userId, path, 'document'], label: `the file of secrets at "${path}"`, path };
    const [inner] = await keys.openAll([whole], { signal });
    if (typeof inner !== 'string') {
      throw inner;
    }
    const opened = parseDocument(inner, path);
    if ('sealed' in opened) {
      throw new FileStoreError('corrupt', `the secrets at "${path}" cannot be read: they are sealed twice`, { path });
    }
    return new EncryptedSecrets(opened, options, whole);
  }

  list(): readonly SecretInfo[] {
    return Array.from(this.#document.custom_secrets, ([name, entry]) => {
      const description = 'fields' in entry ? entry.fields['description'] : null;
      return { name, description: typeof description === 'string' ? description : null };
    });
  }

  listProviderTokens(): readonly ProviderTokenInfo[] {
    return Array.from(this.#document.provider_tokens, ([provider, entry]) =>
      toProviderTokenInfo(provider, 'fields' in entry ? entry.fields : {}),
    );
  }

  async readAll(options: AbortOptions): Promise<readonly ReadSecret[]> {
    const stored = this.#entries();
    const opened = await this.#open(stored, options);
    return stored.map(({ section, name, entry }, index) => ({
      section,
      name,
      value: opened[index] as Secret | FileStoreError,
      attributes: 'fields' in entry ? entry.fields : {},
    }));
  }

  async open(name: string, options: AbortOptions): Promise<Secret | undefined> {
    const entry = this.#document.custom_secrets.get(name);
    return entry === undefined ? undefined : await this.#openOne({ section: 'custom_secrets', name, entry }, options);
  }

  /** The versions of a custom secret that are there, the newest first. */
  versions(name: string): readonly SecretVersion[] {
    return this.#versionsOf(name).map(({ version, fields: { updated_at } }) => {
      return { version, updated_at: typeof updated_at === 'string' ? updated_at : null };
    });
  }

  /** Decrypts a version of a custom secret; `undefined` when it is not there. */
  async openVersion(name: string, version: number, options: AbortOptions): Promise<Secret | undefined> {
    const entry = this.#versionsOf(name).find((each) => each.version === version);
    return entry === undefined ? undefined : await this.#openOne({ section: 'custom_secrets', name, entry }, options);
  }

  async change(changes: readonly SecretsChange[], options: AbortOptions): Promise<string> {
    const { keys, history, now } = this.#options;
    const changed = changes.flatMap(({ section, name, draft }) => (draft === undefined ? [] : [{ section, name, draft }]));
    const isNew = await this.#findNew(changed, options);
    const toSeal = changed.filter((_each, index) => isNew[index]);
    const texts = toSeal.map((each) => ({ text: each.draft.secret.expose(), context: this.#contextOf(each, this.#nextVersion(each)) }));
    const sealed = (await keys.sealAll(texts, { ...options, create: this.#entries().length === 0 })).values();
    const updatedAt = now().toISOString();
    const drafts = changed.map(({ section, name, draft: { attributes } }, index): EntryDraft => {
      const version = this.#nextVersion({ section, name });
      const value = isNew[index] ? { sealed: sealed.next().value as string, version, updatedAt } : undefined;
      return { section, name, attributes, value };
    });
    const removed = changes.filter(({ draft }) => draft === undefined);
    return await this.#serialize(changeDocument(this.#document, removed, drafts, history), options);
  }

  /** The names of all secrets, as `custom_secrets/NAME`. */
  names(): readonly string[] {
    return this.#entries().map(({ section, name }) => `${section}/${name}`);
  }

  /** How many sealed values there are of each key, versions included, and those in damaged records, which may be repaired. */
  countKeys(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const sealedTexts = [...this.#sealedTexts(), ...(this.#whole === undefined ? [] : [this.#whole])].map(({ sealed }) => sealed);
    const damaged = this.#damaged().flatMap(({ entry }) => JSON.stringify(entry.damaged).match(sealedPattern) ?? []);
    for (const sealed of [...sealedTexts, ...damaged]) {
      const { keyId } = parseEnvelope(sealed) ?? {};
      if (keyId !== undefined) {
        counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
      }
    }
    return counts;
  }

  /**
   * The text of the file with every value wrapped by the newest key, and the errors of damaged records and of values that do not open, which stay as they are.
   *
   * @throws {FileStoreError} `corrupt` when what it has made does not open: then it is not to be written.
   */
  async rewrap(options: AbortOptions): Promise<{ readonly text: string; readonly errors: readonly FileStoreError[] }> {
    const texts = this.#sealedTexts();
    const rewrapped = await this.#options.keys.rewrapAll(texts, options);
    // One that somebody has copied opens in its own place alone.
    const next = new Map<string, string>();
    for (const [index, text] of rewrapped.entries()) {
      if (typeof text === 'string') {
        next.set(texts[index]?.sealed ?? '', text);
      }
    }
    const document = mapSealed(this.#document, (sealed) => next.get(sealed) ?? sealed);
    const errors = rewrapped.filter((each) => typeof each !== 'string');
    const made = await new EncryptedSecrets(document, this.#options).#openAll(options);
    const failed = made.filter((each) => typeof each !== 'string');
    if (failed.length > errors.length) {
      throw failed[0];
    }
    return { text: await this.#serialize(document, options), errors: [...errors, ...this.#damaged().map((each) => this.#damageOf(each))] };
  }

  /** Which of the drafts have another value than the stored one. Nothing is written over what cannot be opened. */
  async #findNew(drafts: readonly (SecretName & { readonly draft: SecretDraft })[], options: AbortOptions): Promise<readonly boolean[]> {
    const there = drafts.flatMap(({ section, name }) => {
      const entry = this.#document[section].get(name);
      return entry === undefined ? [] : [{ section, name, entry }];
    });
    const opened = await this.#open(there, options);
    const values = new Map(there.map(({ section, name }, index) => [`${section} ${name}`, opened[index]]));
    return drafts.map(({ section, name, draft }) => {
      const value = values.get(`${section} ${name}`);
      if (value instanceof FileStoreError) {
        throw value;
      }
      return value === undefined || !value.equals(draft.secret);
    });
  }

  async #openOne(stored: StoredEntry, options: AbortOptions): Promise<Secret> {
    const [secret] = await this.#open([stored], options);
    if (secret instanceof Secret) {
      return secret;
    }
    throw secret;
  }

  async #open(entries: readonly StoredEntry[], options: AbortOptions): Promise<readonly (Secret | FileStoreError)[]> {
    const sealed = entries.flatMap((each) => ('sealed' in each.entry ? [this.#sealedText(each, each.entry)] : []));
    const opened = (await this.#options.keys.openAll(sealed, options)).values();
    return entries.map((each) => {
      if ('damaged' in each.entry) {
        return this.#damageOf(each);
      }
      const text = opened.next().value as string | FileStoreError;
      return typeof text === 'string' ? new Secret(text) : text;
    });
  }

  async #serialize(document: SecretsDocument, options: AbortOptions): Promise<string> {
    const { path, userId = '', keys, sealNames = this.#whole !== undefined } = this.#options;
    const { unknownFields = {} } = this.#whole ?? {};
    if (!sealNames) {
      return serializeDocument({ ...document, unknownFields: { ...unknownFields, ...document.unknownFields } });
    }
    const whole = { text: serializeDocument(document), context: [userId, path, 'document'] };
    const [sealed] = await keys.sealAll([whole], { ...options, create: this.#entries().length === 0 });
    return serializeSealedDocument({ sealed: sealed as string, unknownFields });
  }

  async #openAll(options: AbortOptions): Promise<readonly (string | FileStoreError)[]> {
    return await this.#options.keys.openAll(this.#sealedTexts(), options);
  }

  #entries(): readonly (SecretName & { readonly entry: DocumentEntry | DamagedEntry })[] {
    return sections.flatMap((section) => Array.from(this.#document[section], ([name, entry]) => ({ section, name, entry })));
  }

  #damaged(): readonly (SecretName & { readonly entry: DamagedEntry })[] {
    return this.#entries().flatMap(({ entry, ...name }) => ('damaged' in entry ? [{ ...name, entry }] : []));
  }

  #damageOf(name: SecretName): FileStoreError {
    return new FileStoreError('corrupt', `${this.#label(name)} cannot be read: its record is damaged`, { path: this.#options.path });
  }

  #sealedTexts(): readonly SealedText[] {
    return this.#entries().flatMap((each) => {
      return 'damaged' in each.entry ? [] : [each.entry, ...each.entry.history].map((version) => this.#sealedText(each, version));
    });
  }

  #sealedText(name: SecretName, { sealed, version }: DocumentVersion): SealedText {
    return { sealed, context: this.#contextOf(name, version), label: this.#label(name), path: this.#options.path };
  }

  #contextOf({ section, name }: SecretName, version: number): readonly string[] {
    const { userId = '', path } = this.#options;
    return [userId, path, section, name, valueFields[section], String(version)];
  }

  #label({ section, name }: SecretName): string {
    return `the ${section === 'custom_secrets' ? 'secret' : 'token of provider'} ${JSON.stringify(name)} at "${this.#options.path}"`;
  }

  #nextVersion(name: SecretName): number {
    return (entryOf(this.#document, name)?.version ?? 0) + 1;
  }

  #versionsOf(name: string): readonly DocumentVersion[] {
    const entry = entryOf(this.#document, { section: 'custom_secrets', name });
    return entry === undefined ? [] : [entry, ...entry.history];
  }
}
