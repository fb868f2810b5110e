import { mcpServerLists } from './mcp-config-schema.ts';
import type { SettingsFields } from './secret-paths.ts';

/** Makes the fields of one version those of the next; keys are in plain text. */
export type SettingsMigration = (fields: SettingsFields) => SettingsFields;

/** The steps, the first of them from version 0, a file of OpenHands. A published step is never changed. */
const settingsMigrations: readonly SettingsMigration[] = [dropRepeatedServers];

/** The version that is written. */
export const currentVersion: number = settingsMigrations.length;

/** Takes the fields of a version to the current one, step by step. */
export function migrateFields(
  fields: SettingsFields,
  version: number,
  migrations: readonly SettingsMigration[] = settingsMigrations,
): SettingsFields {
  return migrations.slice(version).reduce((migrated, migrate) => migrate(migrated), fields);
}

/** OpenHands adds the servers of its configuration to the stored ones again whenever it saves. */
function dropRepeatedServers(fields: SettingsFields): SettingsFields {
  const config = fields.get('mcp_config');
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    return fields;
  }
  const lists = Object.entries(config).map(([name, servers]: [string, unknown]) => {
    return [name, isServerList(name) && Array.isArray(servers) ? withoutRepetitions(servers) : servers];
  });
  return new Map([...fields, ['mcp_config', Object.fromEntries(lists)]]);
}

function isServerList(name: string): boolean {
  return mcpServerLists.some((list) => list === name);
}

function withoutRepetitions(servers: readonly unknown[]): unknown[] {
  return [...new Map(servers.map((server) => [JSON.stringify(server), server])).values()];
}
