import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { parseJson, toFloatText } from '@oh/file-store-core/json';
import type { z } from 'zod';
import { describeIssues } from './describe-issues.ts';
import type { KeySealing, OpenedKeys } from './key-sealing.ts';
import { legacySecretFields } from './legacy-secrets.ts';
import { currentVersion, migrateFields } from './migrate-settings.ts';
import type { SettingsFields } from './secret-paths.ts';
import { toObject } from './to-object.ts';

/** How settings are written: with sealed keys and a version, or as OpenHands 0.62 reads them, with keys in plain text. */
export type SettingsFormat = 'native' | 'openhands';

/** What stands in a settings file. */
export interface SettingsRecord {
  /** The version of the file; 0 for a file of OpenHands. */
  readonly version: number;
  /** All fields as they are stored, in their order, keys in plain text. */
  readonly original: SettingsFields;
  /** All fields as they would be stored now: migrated, but for what is to stay as OpenHands has it. */
  readonly fields: SettingsFields;
  /** The fields of `settingsSchema` that are stored, as it reads them, and the unknown ones. */
  readonly values: SettingsFields;
  /** The keys that are sealed in the file. */
  readonly keys: OpenedKeys;
}

/** Says which file it is; the version counts only beside it. OpenHands' agent server has a `schema_version` too, of another format. */
const formatField = '$schema';
const formatName = 'urn:oh-storage:settings';
const versionField = 'schema_version';

/** Fields of the file that are no settings: they are neither shown nor set. */
const reservedFields: ReadonlySet<string> = new Set([formatField, versionField, ...legacySecretFields]);

/** Known fields that OpenHands writes as floats. */
const floatFields: ReadonlySet<string> = new Set(['max_budget_per_task']);

/** Reads and writes the text of one settings file. */
export class SettingsCodec {
  readonly #schema: z.ZodObject;
  readonly #sealing: KeySealing;
  readonly #path: string;
  readonly #format: SettingsFormat;

  /** @param path The file, for messages. */
  constructor(schema: z.ZodObject, sealing: KeySealing, path: string, format: SettingsFormat) {
    this.#schema = schema;
    this.#sealing = sealing;
    this.#path = path;
    this.#format = format;
  }

  /**
   * Reads a settings file.
   *
   * @throws {FileStoreError} `corrupt`, naming file and field; `unsupported` for a newer version or another program's file; `permission-denied`
   *   when a key does not open.
   */
  async parse(text: string, options: AbortOptions): Promise<SettingsRecord> {
    const stored = this.#parseObject(text);
    const version = this.#versionOf(stored);
    stored.delete(formatField);
    stored.delete(versionField);
    const { opened: original, unmasked, keys } = await this.#sealing.open(stored, options);
    const migrated = migrateFields(unmasked, version);
    const fields = this.#format === 'openhands' && version === 0 ? unmasked : migrated;
    const parsed = this.#parseValues(migrated);
    if (!parsed.success) {
      throw this.#corrupt(describeIssues(parsed.error), parsed.error);
    }
    return { version, original, fields, values: presentFields(parsed.data, migrated), keys };
  }

  /** How many keys in a settings file are sealed by each key of the sealer; nothing is opened. @throws {FileStoreError} `corrupt`, `unsupported`. */
  countKeys(text: string): ReadonlyMap<string, number> {
    const stored = this.#parseObject(text);
    this.#versionOf(stored);
    return this.#sealing.countKeys(stored);
  }

  /**
   * The text with all sealed keys sealed anew; nothing else changes.
   *
   * @throws {FileStoreError} `corrupt`, `unsupported`; `permission-denied` when a key does not open.
   */
  async sealAnew(text: string, options: AbortOptions): Promise<string> {
    const stored = this.#parseObject(text);
    this.#versionOf(stored);
    return toText(await this.#sealing.sealAnew(stored, options));
  }

  /**
   * Checks fields that somebody wants to set, and reads them as they will be read from the file.
   *
   * @throws {FileStoreError} `invalid-argument`, naming the fields.
   */
  validate(fields: SettingsFields, source: string): SettingsFields {
    const parsed = this.#parseValues(fields);
    if (!parsed.success) {
      throw new FileStoreError('invalid-argument', `${source}: ${describeIssues(parsed.error)}`, { cause: parsed.error });
    }
    return presentFields(parsed.data, fields);
  }

  /** Writes a settings file: compact JSON, the fields in their order. */
  async serialize(fields: SettingsFields, keys: OpenedKeys, options: AbortOptions): Promise<string> {
    if (this.#format === 'openhands') {
      return toText(fields);
    }
    const sealed = await this.#sealing.seal(fields, keys, options);
    return toText(new Map<string, unknown>([[formatField, formatName], [versionField, currentVersion], ...sealed]));
  }

  /** Writes settings as they were before a migration, with the keys sealed that are in plain text. */
  async serializeOriginal({ version, original, keys }: SettingsRecord, options: AbortOptions): Promise<string> {
    const head: [string, unknown][] =
      version === 0
        ? []
        : [
            [formatField, formatName],
            [versionField, version],
          ];
    return toText(new Map([...head, ...(await this.#sealing.seal(original, keys, options))]));
  }

  /** Whether a record is stored as it would be now: in this version and with all keys sealed, or as OpenHands has it. */
  isCurrent({ version, fields, keys }: SettingsRecord): boolean {
    return this.#format === 'native' ? version === currentVersion && !this.#sealing.hasPlainKeys(fields, keys) : version === 0;
  }

  /** Whether writing a record makes it one of a newer version. */
  isOutdated(record: SettingsRecord): boolean {
    return this.#format === 'native' && record.version < currentVersion;
  }

  #parseValues(fields: SettingsFields): z.ZodSafeParseResult<Record<string, unknown>> {
    return this.#schema.safeParse(toObject(fields, reservedFields));
  }

  #parseObject(text: string): Map<string, unknown> {
    let json: unknown;
    try {
      json = parseJson(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        throw error;
      }
      throw this.#corrupt(`they are ${error.message}`);
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw this.#corrupt('they are not a JSON object');
    }
    return new Map(Object.entries(json));
  }

  #versionOf(fields: SettingsFields): number {
    const version = fields.get(versionField);
    if (version === undefined && !fields.has(formatField)) {
      return 0;
    }
    if (fields.get(formatField) !== formatName) {
      throw this.#unsupported('they are of another program, such as the agent server of OpenHands');
    }
    if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
      throw this.#corrupt(`${versionField}: expected a whole number from 1`);
    }
    if (version > currentVersion) {
      throw this.#unsupported(`they have version ${version}, and this program knows versions up to ${currentVersion}: update it`);
    }
    return version;
  }

  #corrupt(why: string, cause?: unknown): FileStoreError {
    return new FileStoreError('corrupt', `the settings at "${this.#path}" cannot be read: ${why}`, { path: this.#path, cause });
  }

  #unsupported(why: string): FileStoreError {
    return new FileStoreError('unsupported', `the settings at "${this.#path}" are left alone: ${why}`, { path: this.#path });
  }
}

/** What a schema gave, without the defaults of fields that were not there. */
function presentFields(values: Readonly<Record<string, unknown>>, fields: SettingsFields): SettingsFields {
  const present = new Map<string, unknown>();
  for (const [field, value] of fields) {
    if (!reservedFields.has(field)) {
      present.set(field, Object.hasOwn(values, field) ? values[field] : value);
    }
  }
  return present;
}

function toText(fields: SettingsFields): string {
  const members = Array.from(fields, ([field, value]) => {
    const isFloat = typeof value === 'number' && floatFields.has(field);
    return `${JSON.stringify(field)}:${isFloat ? toFloatText(value) : JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}
