import { externalSettings } from './external-settings.ts';
import type { SettingsCodec } from './settings-codec.ts';
import type { SettingsLayer } from './settings-layer.ts';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings in variables of the environment; as in OpenHands an empty one is none.
 *
 * @throws {FileStoreError} `invalid-argument`, naming the field, never the value.
 */
export function environmentLayer(environment: Environment, codec: SettingsCodec): SettingsLayer {
  const values = new Map<string, unknown>();
  const sources = new Map<string, string>();
  for (const { field, section, key } of externalSettings) {
    const name = (section === 'core' ? key : `${section}_${key}`).toUpperCase();
    const value = environment[name];
    if (value !== undefined && value !== '') {
      values.set(field, value);
      sources.set(field, name);
    }
  }
  return { name: 'environment', values: codec.validate(values, 'the environment'), sources };
}
