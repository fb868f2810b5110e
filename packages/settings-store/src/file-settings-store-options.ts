import type { FileStore, StorageLayout } from '@oh/file-store-core';
import type { z } from 'zod';
import type { ConfigToml } from './config-layer.ts';
import type { Environment } from './environment-layer.ts';
import type { Settings, SettingsInput } from './settings.ts';
import type { SettingsFormat } from './settings-codec.ts';
import type { SettingsShape } from './settings-schema.ts';
import type { SettingsSealer } from './settings-sealer.ts';

/** The settings of a schema with fields of one's own. */
export type SettingsOf<Shape> = Settings & { readonly [Field in Exclude<keyof Shape, keyof SettingsShape>]: z.output<Shape[Field]> };

/** What is taken for {@link SettingsOf}. */
export type SettingsInputOf<Shape> = SettingsInput & {
  readonly [Field in Exclude<keyof Shape, keyof SettingsShape>]?: z.input<Shape[Field]> | undefined;
};

/** Options of {@link FileSettingsStore}. */
export interface FileSettingsStoreOptions<Shape extends z.core.$ZodShape = SettingsShape> {
  /** Where the settings are kept; the caller opens and closes it. */
  readonly files: FileStore;
  /** Where they lie in it. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** Whose settings they are. Default: nobody's, those of the installation. */
  readonly userId?: string | undefined;
  /** Encrypts the keys in them, such as the sealer of `@oh/secrets-store`. Default: none, and keys are refused. */
  readonly sealer?: SettingsSealer | undefined;
  /** `openhands` writes what OpenHands 0.62 reads, with keys in plain text. Default: `native`. */
  readonly format?: SettingsFormat | undefined;
  /** `settingsSchema.extend({ ... })`. Every field needs a default. Default: `settingsSchema`. */
  readonly schema?: z.ZodObject<Shape, z.core.$loose> | undefined;
  /** Where keys stand in fields of one's own: names joined by dots, `*` for any one, `**` for any number of them. Default: none. */
  readonly secretPaths?: readonly string[] | undefined;
  /** A `config.toml`, which counts more than what is stored. Default: none. */
  readonly config?: ConfigToml | undefined;
  /** Variables, such as `process.env`, which count more than `config`. Default: none. */
  readonly environment?: Environment | undefined;
  /** Settings that count more than all others, such as those of a command line. Default: none. */
  readonly override?: SettingsInputOf<Shape> | undefined;
}
