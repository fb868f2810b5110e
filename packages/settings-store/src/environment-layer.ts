import { externalLayer, externalSettings } from './external-settings.ts';
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
  const found = externalSettings.map(({ field, section, key }) => {
    const name = (section === 'core' ? key : `${section}_${key}`).toUpperCase();
    return { field, value: environment[name], source: name };
  });
  return externalLayer('environment', found, 'the environment', codec);
}
