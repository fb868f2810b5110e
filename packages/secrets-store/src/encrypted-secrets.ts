import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { KeyRing } from './key-ring.ts';
import type { SealedText } from './sealed-text.ts';
import { Secret } from './secret.ts';
import type { SecretsChange } from './secrets-change.ts';
import { type DamagedEntry, type DocumentEntry, type SecretsDocument, serializeDocument, valueFields } from './secrets-document.ts';
import type { SecretInfo } from './secrets-store.ts';
import type { StoredSecrets } from './stored-secrets.ts';
import { toUserSecrets } from './to-user-secrets.ts';
import type { SecretsSection, UserSecrets } from './user-secrets.ts';

/** The file of encrypted secrets that is meant, and whose it is. */
export interface SecretsPlace {
  readonly path: string;
  readonly userId: string | undefined;
}

const sections = ['provider_tokens', 'custom_secrets'] as const;

/** Secrets in the form of this package: names and descriptions in clear, each value sealed for its user, file, section, name and version. */
export class EncryptedSecrets implements StoredSecrets {
  readonly #document: SecretsDocument;
  readonly #place: SecretsPlace;
  readonly #keys: KeyRing;

  constructor(document: SecretsDocument, place: SecretsPlace, keys: KeyRing) {
    this.#document = document;
    this.#place = place;
    this.#keys = keys;
  }

  list(): readonly SecretInfo[] {
    return Array.from(this.#document.custom_secrets, ([name, entry]) => {
      const description = 'fields' in entry ? entry.fields['description'] : null;
      return { name, description: typeof description === 'string' ? description : null };
    });
  }

  async openAll(options: AbortOptions): Promise<UserSecrets> {
    const stored = sections.flatMap((section) => Array.from(this.#document[section], ([name, entry]) => ({ section, name, entry })));
    const opened = await this.#open(stored, options);
    return toUserSecrets(
      stored.map(({ section, name, entry }, index) => ({
        section,
        name,
        value: opened[index] as Secret | FileStoreError,
        attributes: 'fields' in entry ? entry.fields : {},
      })),
    );
  }

  async open(name: string, options: AbortOptions): Promise<Secret | undefined> {
    const entry = this.#document.custom_secrets.get(name);
    if (entry === undefined) {
      return undefined;
    }
    const [secret] = await this.#open([{ section: 'custom_secrets', name, entry }], options);
    return secret instanceof Secret ? secret : fail(secret);
  }

  async change(changes: readonly SecretsChange[], options: AbortOptions): Promise<string> {
    await this.#checkReplaced(changes, options);
    const drafts = changes.flatMap(({ section, name, draft }) => (draft === undefined ? [] : [{ section, name, draft }]));
    const versions = drafts.map(({ section, name }) => this.#versionOf(section, name) + 1);
    const texts = drafts.map(({ section, name, draft }, index) => {
      return { text: draft.secret.expose(), context: this.#contextOf(section, name, versions[index] as number) };
    });
    const sealed = await this.#keys.sealAll(texts, { ...options, create: !this.#hasEntries() });
    const next = { provider_tokens: new Map(this.#document.provider_tokens), custom_secrets: new Map(this.#document.custom_secrets) };
    for (const { section, name } of changes.filter(({ draft }) => draft === undefined)) {
      next[section].delete(name);
    }
    for (const [index, { section, name, draft }] of drafts.entries()) {
      const fields = { ...this.#fieldsOf(section, name), ...draft.attributes };
      next[section].set(name, { sealed: sealed[index] as string, version: versions[index] as number, fields });
    }
    return serializeDocument({ ...this.#document, ...next });
  }

  /** Nothing is written over what cannot be opened. */
  async #checkReplaced(changes: readonly SecretsChange[], options: AbortOptions): Promise<void> {
    const replaced = changes.flatMap(({ section, name, draft }) => {
      const entry = this.#document[section].get(name);
      return draft === undefined || entry === undefined ? [] : [{ section, name, entry }];
    });
    const opened = await this.#open(replaced, options);
    const error = opened.find((each) => each instanceof FileStoreError);
    if (error !== undefined) {
      throw error;
    }
  }

  async #open(entries: readonly StoredEntry[], options: AbortOptions): Promise<readonly (Secret | FileStoreError)[]> {
    const sealed = entries.flatMap(({ section, name, entry }) => ('sealed' in entry ? [this.#sealedText(section, name, entry)] : []));
    const opened = (await this.#keys.openAll(sealed, options)).values();
    return entries.map(({ section, name, entry }) => {
      if ('damaged' in entry) {
        return new FileStoreError('corrupt', `${this.#label(section, name)} cannot be read: its record is damaged`, {
          path: this.#place.path,
        });
      }
      const text = opened.next().value as string | FileStoreError;
      return typeof text === 'string' ? new Secret(text) : text;
    });
  }

  #sealedText(section: SecretsSection, name: string, { sealed, version }: DocumentEntry): SealedText {
    return { sealed, context: this.#contextOf(section, name, version), label: this.#label(section, name), path: this.#place.path };
  }

  #contextOf(section: SecretsSection, name: string, version: number): readonly string[] {
    const { userId = '', path } = this.#place;
    return [userId, path, section, name, valueFields[section], String(version)];
  }

  #label(section: SecretsSection, name: string): string {
    return `the ${section === 'custom_secrets' ? 'secret' : 'token of provider'} ${JSON.stringify(name)} at "${this.#place.path}"`;
  }

  #versionOf(section: SecretsSection, name: string): number {
    const entry = this.#document[section].get(name);
    return entry !== undefined && 'version' in entry ? entry.version : 0;
  }

  #fieldsOf(section: SecretsSection, name: string): Readonly<Record<string, unknown>> {
    const entry = this.#document[section].get(name);
    return entry !== undefined && 'fields' in entry
      ? entry.fields
      : { [valueFields[section]]: '', ...(section === 'custom_secrets' && { description: null }) };
  }

  #hasEntries(): boolean {
    return sections.some((section) => this.#document[section].size > 0);
  }
}

/** A stored secret and where it is. */
interface StoredEntry {
  readonly section: SecretsSection;
  readonly name: string;
  readonly entry: DocumentEntry | DamagedEntry;
}

function fail(error: FileStoreError | undefined): never {
  throw error;
}
