import { isDeepStrictEqual } from 'node:util';
import {
  type AbortOptions,
  type FileInfo,
  type FileStore,
  type FileStoreError,
  hasErrorCode,
  homeLayout,
  raceAbort,
  retryHalfWritten,
  updateFile,
} from '@oh/file-store-core';
import type { Exposable } from '@oh/file-store-core/secrets';
import type { z } from 'zod';
import { configLayer } from './config-layer.ts';
import { environmentLayer } from './environment-layer.ts';
import type { FileSettingsStoreOptions, SettingsInputOf, SettingsOf } from './file-settings-store-options.ts';
import { KeySealing } from './key-sealing.ts';
import {
  type LegacySecrets,
  type LegacySecretsReceiver,
  type LegacySecretsResult,
  readLegacySecrets,
  withoutStoredSecrets,
} from './legacy-secrets.ts';
import { writeBackup } from './migration-backup.ts';
import { quarantine } from './quarantine.ts';
import { SealedFiles } from './sealed-files.ts';
import { type SecretPatterns, type SettingsFields, secretPatterns } from './secret-paths.ts';
import { SettingsCodec, type SettingsRecord } from './settings-codec.ts';
import { readInput, toSettings } from './settings-input.ts';
import { applyLayers, originsOf, type SettingsLayer, withoutLayers } from './settings-layer.ts';
import { type SettingsShape, settingsSchema } from './settings-schema.ts';
import type { SettingExplanation, SettingsStore } from './settings-store.ts';

/** A {@link SettingsStore} in a file store: one file, `settings.json`. */
export class FileSettingsStore<Shape extends z.core.$ZodShape = SettingsShape>
  implements SettingsStore<SettingsOf<Shape>, SettingsInputOf<Shape>>
{
  readonly #files: FileStore;
  readonly #path: string;
  readonly #patterns: SecretPatterns;
  readonly #codec: SettingsCodec;
  readonly #sealedFiles: SealedFiles;
  readonly #defaults: SettingsFields;
  readonly #layers: readonly SettingsLayer[];

  /**
   * @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path, or when `config`, `environment` or `override` do not fit.
   * @throws {TypeError} When a field of `schema` has no default.
   */
  constructor(options: FileSettingsStoreOptions<Shape>) {
    const { files, layout = homeLayout, userId, sealer, format = 'native', schema = settingsSchema, secretPaths = [] } = options;
    this.#files = files;
    this.#path = layout.settings(userId);
    this.#patterns = secretPatterns(secretPaths);
    const codecOf = (path: string): SettingsCodec =>
      new SettingsCodec(schema, new KeySealing(sealer, this.#patterns, path, userId), path, format);
    this.#codec = codecOf(this.#path);
    this.#sealedFiles = new SealedFiles(files, this.#path, codecOf);
    this.#defaults = defaultsOf(schema);
    this.#layers = this.#readLayers(options);
  }

  async load(options: AbortOptions = {}): Promise<SettingsOf<Shape> | null> {
    const record = await this.#read(options);
    const isEmpty = record === undefined && this.#layers.every(({ values }) => values.size === 0);
    return isEmpty ? null : this.#effective(record?.values ?? noFields);
  }

  async store(settings: SettingsInputOf<Shape>, options: AbortOptions = {}): Promise<SettingsOf<Shape>> {
    return await this.#rewrite(options, ({ values: stored }) => {
      const reference = applyLayers(this.#defaults, stored, this.#layers);
      return this.#changedFields(withoutLayers(this.#validate(settings, reference), stored, this.#layers), stored);
    });
  }

  async update(
    change: (stored: SettingsOf<Shape>) => SettingsInputOf<Shape> | Promise<SettingsInputOf<Shape>>,
    options: AbortOptions = {},
  ): Promise<SettingsOf<Shape>> {
    return await this.#rewrite(options, async ({ values: stored }) => {
      const reference = applyLayers(this.#defaults, stored, []);
      return this.#changedFields(this.#validate(await change(this.#toSettings(reference)), reference), stored);
    });
  }

  async explain(field: string, options: AbortOptions = {}): Promise<SettingExplanation> {
    const stored = (await this.#read(options))?.values ?? noFields;
    const value = new Map(Object.entries(this.#effective(stored))).get(field);
    const isKnown = this.#defaults.has(field);
    return { field, value, origins: originsOf({ field, isKnown, path: this.#path }, stored, this.#layers) };
  }

  /**
   * Hands over the secrets that old versions of OpenHands keep in the settings, custom ones included, and removes those that the receiver then
   * has with the same values. It may be repeated, and cut short anywhere: a secret is in the settings or in the receiver, at worst in both.
   */
  async handOverSecrets(receiver: LegacySecretsReceiver, { signal }: AbortOptions = {}): Promise<LegacySecretsResult> {
    const fields = (await this.#read({ signal }))?.fields ?? noFields;
    let { result } = withoutStoredSecrets(fields, noSecrets);
    if (result.kept.length === 0) {
      return result;
    }
    await raceAbort(receiver.receive(readLegacySecrets(fields), { signal }), signal);
    const stored = (await raceAbort(receiver.load({ signal }), signal)) ?? noSecrets;
    await this.#rewrite({ signal }, (record) => {
      const rest = withoutStoredSecrets(record.fields, stored);
      result = rest.result;
      return rest.changed;
    });
    return result;
  }

  /**
   * How many keys in the settings and in the backups of their migrations are sealed by each key of the sealer, by its id: what `@oh/secrets-store` asks
   * before it retires one. Those of fields that this store does not know count too.
   */
  async countKeys(options: AbortOptions = {}): Promise<ReadonlyMap<string, number>> {
    try {
      return await retryHalfWritten(this.#files, this.#path, () => this.#sealedFiles.countKeys(options), { signal: options.signal });
    } catch (error) {
      throw await this.#reported(error, options);
    }
  }

  /**
   * Seals all keys anew, by the newest key of the sealer, as `@oh/secrets-store` asks when keys are rotated; those in backups of migrations, and of fields
   * that this store does not know, too.
   *
   * @returns The errors of files that cannot be read or have keys that do not open: then all keys of that file stay as they are.
   */
  async rewrap(options: AbortOptions = {}): Promise<readonly FileStoreError[]> {
    return await this.#sealedFiles.rewrap(options);
  }

  async #read(options: AbortOptions): Promise<SettingsRecord | undefined> {
    try {
      const { signal } = options;
      const attempt = async (): Promise<SettingsRecord> => {
        const text = await this.#files.read(this.#path, { signal });
        return await raceAbort(this.#codec.parse(text, options), signal);
      };
      return await retryHalfWritten(this.#files, this.#path, attempt, { signal });
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw await this.#reported(error, options);
    }
  }

  /**
   * @param change Gives the fields to change, as they are to be stored.
   */
  async #rewrite(
    { signal }: AbortOptions,
    change: (record: SettingsRecord) => SettingsFields | Promise<SettingsFields>,
  ): Promise<SettingsOf<Shape>> {
    let values = noFields;
    const replace = async (current: string | undefined): Promise<string> => {
      const record = current === undefined ? emptyRecord : await this.#codec.parse(current, { signal });
      const changed = await change(record);
      values = new Map([...record.values, ...changed]);
      if (current !== undefined && changed.size === 0 && this.#codec.isCurrent(record)) {
        return current;
      }
      const text = await this.#codec.serialize(new Map([...record.fields, ...changed]), record.keys, { signal });
      if (current !== undefined && this.#codec.isOutdated(record)) {
        await writeBackup(this.#files, this.#path, this.#codec, record, { signal });
      }
      return text;
    };
    try {
      const write = (): Promise<FileInfo> =>
        updateFile(this.#files, this.#path, (current) => raceAbort(replace(current), signal), { signal });
      await retryHalfWritten(this.#files, this.#path, write, { signal });
    } catch (error) {
      throw await this.#reported(error, { signal });
    }
    return this.#effective(values);
  }

  /** What cannot be read is copied beside itself. */
  async #reported(error: unknown, options: AbortOptions): Promise<unknown> {
    const isDamage = hasErrorCode(error, 'corrupt') && error.path === this.#path;
    return isDamage ? await quarantine(this.#files, error, this.#path, options) : error;
  }

  /** Without those that are what is stored, or a default. */
  #changedFields(given: SettingsFields, stored: SettingsFields): SettingsFields {
    const before = (field: string): unknown => (stored.has(field) ? stored : this.#defaults).get(field);
    return new Map([...given].filter(([field, value]) => !isDeepStrictEqual(value, before(field))));
  }

  #validate(input: object, reference: SettingsFields): SettingsFields {
    return this.#codec.validate(readInput(input, this.#patterns, reference), 'the settings are not valid');
  }

  #readLayers({ config, environment, override }: FileSettingsStoreOptions<Shape>): SettingsLayer[] {
    const layers: SettingsLayer[] = [];
    if (config !== undefined) {
      layers.push(configLayer(config, this.#codec));
    }
    if (environment !== undefined) {
      layers.push(environmentLayer(environment, this.#codec));
    }
    if (override !== undefined) {
      const values = this.#validate(override, noFields);
      layers.push({ name: 'override', values, sources: new Map(Array.from(values.keys(), (field) => [field, 'override'])) });
    }
    return layers;
  }

  #effective(stored: SettingsFields): SettingsOf<Shape> {
    return this.#toSettings(applyLayers(this.#defaults, stored, this.#layers));
  }

  #toSettings(fields: SettingsFields): SettingsOf<Shape> {
    // The schema has checked every known field.
    return toSettings(fields, this.#patterns) as SettingsOf<Shape>;
  }
}

const noFields: SettingsFields = new Map();

/** What there is where nothing is stored. */
const emptyRecord: SettingsRecord = {
  version: 0,
  original: noFields,
  fields: noFields,
  values: noFields,
  keys: new Map(),
};

const noSecrets: LegacySecrets<Exposable> = { providerTokens: {}, customSecrets: {} };

function defaultsOf(schema: z.ZodObject): SettingsFields {
  const parsed = schema.safeParse({});
  if (!parsed.success) {
    throw new TypeError(`every field of the schema needs a default: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  }
  return new Map(Object.entries(parsed.data));
}
