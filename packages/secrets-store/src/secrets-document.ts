import { FileStoreError } from '@oh/file-store-core';
import { z } from 'zod';
import { isJsonObject, parseSecretsObject, unreadableSecrets } from './json-object.ts';
import { type SecretsSection, valueFields } from './user-secrets.ts';

const format = 'oh-secrets';
const schemaVersion = 1;

/** A version of a stored secret. */
export interface DocumentVersion {
  /** The sealed value. */
  readonly sealed: string;
  /** How often the secret was stored until then, from 1. */
  readonly version: number;
  /** All fields just as they are stored, also those that this version does not know. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A stored secret. */
export interface DocumentEntry extends DocumentVersion {
  /** The versions before it that are kept, the newest first. */
  readonly history: readonly DocumentVersion[];
}

/** A stored value that is no entry. */
export interface DamagedEntry {
  readonly damaged: unknown;
}

/** The file with the encrypted secrets of a user. It never changes. */
export interface SecretsDocument extends Readonly<Record<SecretsSection, ReadonlyMap<string, DocumentEntry | DamagedEntry>>> {
  /** The fields that this version does not know, just as they are stored. */
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

/** A document that is sealed as a whole: the sealed text is that of a {@link SecretsDocument}. */
export interface SealedDocument {
  readonly sealed: string;
  /** The fields beside it, just as they are stored. */
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

/** A document without secrets. */
export const emptyDocument: SecretsDocument = { provider_tokens: new Map(), custom_secrets: new Map(), unknownFields: {} };

const nullableText = z.string().nullable().optional();
const version = z.int().min(1);
const entrySchemas = {
  provider_tokens: z.looseObject({
    token: z.string(),
    host: nullableText,
    user_id: nullableText,
    version,
    history: z.array(z.looseObject({ token: z.string(), version })).optional(),
  }),
  custom_secrets: z.looseObject({
    secret: z.string(),
    description: nullableText,
    version,
    history: z.array(z.looseObject({ secret: z.string(), version })).optional(),
  }),
};

/**
 * Reads the text of a document. An entry that cannot be read is kept as it is.
 *
 * @throws {FileStoreError} `corrupt`, naming the file and nothing of its contents; `unsupported` for one of a newer version.
 */
export function parseDocument(text: string, path: string): SecretsDocument | SealedDocument {
  const { format: found, schema_version, ...fields } = parseSecretsObject(text, path);
  if (found !== format) {
    throw unreadableSecrets(path, 'it is no file of encrypted secrets');
  }
  if (schema_version !== schemaVersion) {
    const message = `the secrets at "${path}" cannot be read: their version is ${JSON.stringify(schema_version)}, known is ${schemaVersion}`;
    throw new FileStoreError('unsupported', message, { path });
  }
  const { sealed, ...unknownFields } = fields;
  if (typeof sealed !== 'string') {
    return parseSections(fields, path);
  }
  if ('provider_tokens' in unknownFields || 'custom_secrets' in unknownFields) {
    throw unreadableSecrets(path, 'some are sealed as a whole, and others stand beside them');
  }
  return { sealed, unknownFields };
}

/** The text of a document. */
export function serializeDocument({ provider_tokens, custom_secrets, unknownFields }: SecretsDocument): string {
  return serialize({
    provider_tokens: toRecord(provider_tokens, 'provider_tokens'),
    custom_secrets: toRecord(custom_secrets, 'custom_secrets'),
    ...unknownFields,
  });
}

/** The text of a document that is sealed as a whole. */
export function serializeSealedDocument({ sealed, unknownFields }: SealedDocument): string {
  return serialize({ sealed, ...unknownFields });
}

function serialize(fields: object): string {
  return `${JSON.stringify({ format, schema_version: schemaVersion, ...fields })}\n`;
}

function parseSections(fields: Readonly<Record<string, unknown>>, path: string): SecretsDocument {
  const { provider_tokens = {}, custom_secrets = {}, ...unknownFields } = fields;
  if (!isJsonObject(provider_tokens) || !isJsonObject(custom_secrets)) {
    throw unreadableSecrets(path, 'it is no file of encrypted secrets');
  }
  return {
    provider_tokens: parseEntries(provider_tokens, 'provider_tokens'),
    custom_secrets: parseEntries(custom_secrets, 'custom_secrets'),
    unknownFields,
  };
}

function parseEntries(record: Record<string, unknown>, section: SecretsSection): Map<string, DocumentEntry | DamagedEntry> {
  return new Map(Object.entries(record).map(([name, value]) => [name, parseEntry(value, section)]));
}

function parseEntry(value: unknown, section: SecretsSection): DocumentEntry | DamagedEntry {
  const { data: fields } = entrySchemas[section].safeParse(value);
  return fields === undefined
    ? { damaged: value }
    : { ...toVersion(fields, section), history: (fields.history ?? []).map((each) => toVersion(each, section)) };
}

function toVersion(fields: Readonly<Record<string, unknown>> & { readonly version: number }, section: SecretsSection): DocumentVersion {
  return { sealed: String(fields[valueFields[section]]), version: fields.version, fields };
}

function toRecord(entries: ReadonlyMap<string, DocumentEntry | DamagedEntry>, section: SecretsSection): object {
  return Object.fromEntries(Array.from(entries, ([name, entry]) => [name, 'damaged' in entry ? entry.damaged : toFields(entry, section)]));
}

function toFields({ history, ...entry }: DocumentEntry, section: SecretsSection): object {
  const { history: _history, ...fields } = versionFields(entry, section);
  return history.length === 0 ? fields : { ...fields, history: history.map((each) => versionFields(each, section)) };
}

function versionFields({ fields, sealed, version }: DocumentVersion, section: SecretsSection): Record<string, unknown> {
  return { ...fields, [valueFields[section]]: sealed, version };
}
