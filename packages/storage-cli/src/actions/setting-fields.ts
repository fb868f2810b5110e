import { toSettingsJsonSchema } from '@oh/settings-store';
import { suggest } from '@oh/storage';
import { UsageError } from '../usage-error.ts';

/** What is known of a field of the settings. */
export interface SettingField {
  /** Whether its value is a key, or holds keys. */
  readonly isSecret: boolean;
  /** Whether its value is written as JSON. */
  readonly isJson: boolean;
}

/** The fields of the settings by their names. */
export function settingFields(): ReadonlyMap<string, SettingField> {
  const { properties } = toSettingsJsonSchema();
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      const text = JSON.stringify(schema);
      return [
        name,
        { isSecret: text.includes('"writeOnly":true'), isJson: text.includes('"type":"object"') || text.includes('"type":"array"') },
      ];
    }),
  );
}

/** The field of a name. @throws {UsageError} When there is none, with the one that was probably meant. */
export function findSettingField(name: string): SettingField {
  const fields = settingFields();
  const field = fields.get(name);
  if (field === undefined) {
    const names = [...fields.keys()];
    throw new UsageError(`no setting ${JSON.stringify(name)}${suggest(name, names) || `; known are ${names.join(', ')}`}`);
  }
  return field;
}
