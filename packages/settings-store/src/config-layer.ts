import { FileStoreError } from '@oh/file-store-core';
import { parse, TomlError } from 'smol-toml';
import { externalSettings } from './external-settings.ts';
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
  const values = new Map<string, unknown>();
  const sources = new Map<string, string>();
  const add = (field: string, value: unknown, place: string): void => {
    if (value !== undefined && value !== '') {
      values.set(field, value);
      sources.set(field, `${place} in ${source}`);
    }
  };
  for (const { field, section, key } of externalSettings) {
    add(field, sectionOf(config, section)?.[key], `[${section}] ${key}`);
  }
  add('mcp_config', sectionOf(config, 'mcp'), '[mcp]');
  return { name: 'config', values: codec.validate(values, source), sources };
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
