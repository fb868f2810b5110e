/**
 * The settings of a user or an installation over any file store: one file, `settings.json`, in layers.
 *
 * - **Guarantees**: no concurrent update is lost; fields of other versions survive; nothing is written over what cannot be read; values from
 *   outside are never stored; a key is sealed or refused, shown as a mask, and a mask is never stored.
 * - **Format**: what OpenHands 0.62 accepts is accepted; with `format: 'openhands'` what is written is what it reads.
 * - **Limits**: a file is read and written as a whole; secrets within URLs and arguments of MCP servers are not known to be keys.
 *
 * @packageDocumentation
 */

export type { RawNumber } from '@oh/file-store-core/json';
export { type Exposable, Secret } from '@oh/file-store-core/secrets';
export type { ConfigToml } from './config-layer.ts';
export type { Environment } from './environment-layer.ts';
export { FileSettingsStore } from './file-settings-store.ts';
export type { FileSettingsStoreOptions, SettingsInputOf, SettingsOf } from './file-settings-store-options.ts';
export type { LegacySecret, LegacySecrets, LegacySecretsReceiver, LegacySecretsResult, LegacyToken } from './legacy-secrets.ts';
export type {
  McpConfig,
  McpConfigInput,
  McpServerInput,
  McpShttpServer,
  McpSseServer,
  McpStdioServer,
  McpStdioServerInput,
} from './mcp-config.ts';
export type { PlainMcpConfig } from './mcp-config-schema.ts';
export type { SecretInput, Settings, SettingsInput } from './settings.ts';
export type { SettingsFormat } from './settings-codec.ts';
export { type SettingsJsonSchema, type SettingsJsonSchemaOptions, toSettingsJsonSchema } from './settings-json-schema.ts';
export type { SettingOrigin, SettingsLayerName } from './settings-layer.ts';
export { type SettingsShape, settingsSchema } from './settings-schema.ts';
export type { SettingsSealer } from './settings-sealer.ts';
export type { SettingExplanation, SettingsStore } from './settings-store.ts';
