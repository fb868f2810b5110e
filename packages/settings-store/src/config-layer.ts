import { FileStoreError } from '@oh/file-store-core';
import { parse, TomlError } from 'smol-toml';
import { externalLayer, externalSettings } from './external-settings.ts';
import type { SettingsCodec } from './settings-codec.ts';
import type { SettingsLayer } from './settings-layer.ts';

/** The text of a `config.toml`. */
export interface ConfigToml {
  /** TOML, in the sections and fields of OpenHands; what is no setting is left alone. */
  readonly text: string;
  /** How the file is called in explanations and errors. Default: `config.toml`. */
  readonly source?: string | undefined;
}

/**
 * The settings in a `config.toml`; an empty text is none, as in the template that OpenHands gives people.
 *
 * @throws {FileStoreError} `invalid-argument`, naming the line or the field, never what stands there.
 */
export function configLayer({ text, source = 'config.toml' }: ConfigToml, codec: SettingsCodec): SettingsLayer {
  const config = parseToml(text, source);
  const found = externalSettings.map(({ field, section, key }) => {
    return { field, value: sectionOf(config, section)?.[key], source: `[${section}] ${key} in ${source}` };
  });
  const servers = { field: 'mcp_config', value: sectionOf(config, 'mcp'), source: `[mcp] in ${source}` };
  return externalLayer('config', [...found, servers], source, codec);
}

function parseToml(text: string, source: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    // Its message quotes the line, which may hold a key.
    throw new FileStoreError('invalid-argument', `${source} is not TOML: line ${error.line}, column ${error.column}`);
  }
}

function sectionOf(config: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> | undefined {
  const section = config[name];
  return typeof section === 'object' && section !== null ? { ...section } : undefined;
}
