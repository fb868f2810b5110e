import type { SettingsCodec } from './settings-codec.ts';
import type { SettingsLayer } from './settings-layer.ts';

/** Where OpenHands has a setting in `config.toml` and in the environment. */
export interface ExternalSetting {
  readonly field: string;
  /** The section of `config.toml`; of all but `core` it also begins the name of the variable: `LLM_MODEL`. */
  readonly section: 'core' | 'llm' | 'sandbox' | 'security';
  readonly key: string;
}

/** The settings that OpenHands 0.62 takes from `config.toml` and from the environment, but for the MCP servers. */
export const externalSettings: readonly ExternalSetting[] = [
  { field: 'agent', section: 'core', key: 'default_agent' },
  { field: 'max_iterations', section: 'core', key: 'max_iterations' },
  { field: 'max_budget_per_task', section: 'core', key: 'max_budget_per_task' },
  { field: 'search_api_key', section: 'core', key: 'search_api_key' },
  { field: 'enable_default_condenser', section: 'core', key: 'enable_default_condenser' },
  { field: 'git_user_name', section: 'core', key: 'git_user_name' },
  { field: 'git_user_email', section: 'core', key: 'git_user_email' },
  { field: 'security_analyzer', section: 'security', key: 'security_analyzer' },
  { field: 'confirmation_mode', section: 'security', key: 'confirmation_mode' },
  { field: 'llm_model', section: 'llm', key: 'model' },
  { field: 'llm_api_key', section: 'llm', key: 'api_key' },
  { field: 'llm_base_url', section: 'llm', key: 'base_url' },
  { field: 'remote_runtime_resource_factor', section: 'sandbox', key: 'remote_runtime_resource_factor' },
  { field: 'sandbox_api_key', section: 'sandbox', key: 'api_key' },
  { field: 'sandbox_base_container_image', section: 'sandbox', key: 'base_container_image' },
  { field: 'sandbox_runtime_container_image', section: 'sandbox', key: 'runtime_container_image' },
];

/** What was found where OpenHands has a setting; `undefined`: nothing. */
export interface FoundSetting {
  readonly field: string;
  readonly value: unknown;
  /** Where it was found. */
  readonly source: string;
}

/**
 * A layer of what was found. An empty text is none, and neither is a blank key or a mask in the place of one: they would hide the key that is stored.
 *
 * @param origin All of it, for messages.
 * @throws {FileStoreError} `invalid-argument`, naming the field, never the value.
 */
export function externalLayer(
  name: SettingsLayer['name'],
  found: readonly FoundSetting[],
  origin: string,
  codec: SettingsCodec,
): SettingsLayer {
  const given = found.filter(({ value }) => value !== undefined && value !== '');
  const read = codec.validate(new Map(given.map(({ field, value }) => [field, value])), origin);
  const values = new Map([...read].filter(([, value]) => value !== null));
  const sources = new Map(given.filter(({ field }) => values.has(field)).map(({ field, source }) => [field, source]));
  return { name, values, sources };
}
