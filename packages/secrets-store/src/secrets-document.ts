import { FileStoreError } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import { z } from 'zod';
import type { SecretsSection } from './user-secrets.ts';

const format = 'oh-secrets';
const schemaVersion = 1;

/** The field of an entry that holds the sealed value. */
export const valueFields: Readonly<Record<SecretsSection, 'secret' | 'token'>> = { provider_tokens: 'token', custom_secrets: 'secret' };

/** A stored secret. */
export interface DocumentEntry {
  /** The sealed value. */
  readonly sealed: string;
  /** How often it was stored, from 1. */
  readonly version: number;
  /** All fields just as they are stored, also those that this version does not know. */
  readonly fields: Readonly<Record<string, unknown>>;
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

/** A document without secrets. */
export const emptyDocument: SecretsDocument = { provider_tokens: new Map(), custom_secrets: new Map(), unknownFields: {} };

const nullableText = z.string().nullable().optional();
const version = z.int().min(1);
const entrySchemas = {
  provider_tokens: z.looseObject({ token: z.string(), host: nullableText, user_id: nullableText, version }),
  custom_secrets: z.looseObject({ secret: z.string(), description: nullableText, version }),
};

/**
 * Reads the text of a document. An entry that cannot be read is kept as it is.
 *
 * @throws {FileStoreError} `corrupt`, naming the file and nothing of its contents; `unsupported` for one of a newer version.
 */
export function parseDocument(text: string, path: string): SecretsDocument {
  const { format: found, schema_version, provider_tokens = {}, custom_secrets = {}, ...unknownFields } = parseObject(text, path);
  if (found !== format || !isRecord(provider_tokens) || !isRecord(custom_secrets)) {
    throw corrupt(path, 'it is no file of encrypted secrets');
  }
  if (schema_version !== schemaVersion) {
    const message = `the secrets at "${path}" cannot be read: their version is ${JSON.stringify(schema_version)}, known is ${schemaVersion}`;
    throw new FileStoreError('unsupported', message, { path });
  }
  return {
    provider_tokens: parseEntries(provider_tokens, 'provider_tokens'),
    custom_secrets: parseEntries(custom_secrets, 'custom_secrets'),
    unknownFields,
  };
}

/** The text of a document. */
export function serializeDocument({ provider_tokens, custom_secrets, unknownFields }: SecretsDocument): string {
  const document = {
    format,
    schema_version: schemaVersion,
    provider_tokens: toRecord(provider_tokens, 'provider_tokens'),
    custom_secrets: toRecord(custom_secrets, 'custom_secrets'),
    ...unknownFields,
  };
  return `${JSON.stringify(document)}\n`;
}

function parseObject(text: string, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    // Not as a cause: its message repeats a part of the text.
    throw corrupt(path, 'it is not JSON');
  }
  if (!isRecord(json)) {
    throw corrupt(path, 'it is not a JSON object');
  }
  return json;
}

function parseEntries(record: Record<string, unknown>, section: SecretsSection): Map<string, DocumentEntry | DamagedEntry> {
  return new Map(Object.entries(record).map(([name, value]) => [name, parseEntry(value, section)]));
}

function parseEntry(value: unknown, section: SecretsSection): DocumentEntry | DamagedEntry {
  const { data: fields } = entrySchemas[section].safeParse(value);
  return fields === undefined ? { damaged: value } : { sealed: String(fields[valueFields[section]]), version: fields.version, fields };
}

function toRecord(entries: ReadonlyMap<string, DocumentEntry | DamagedEntry>, section: SecretsSection): object {
  return Object.fromEntries(
    Array.from(entries, ([name, entry]) => [
      name,
      'damaged' in entry ? entry.damaged : { ...entry.fields, [valueFields[section]]: entry.sealed, version: entry.version },
    ]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function corrupt(path: string, why: string): FileStoreError {
  return new FileStoreError('corrupt', `the secrets at "${path}" cannot be read: ${why}; bring the file back from a backup`, { path });
}
