import { isDeepStrictEqual } from 'node:util';
import { mergeMcpConfigs, withoutServersOf } from './merge-mcp-configs.ts';
import type { SettingsFields } from './secret-paths.ts';

/** Where a value can come from, the weakest first. */
export type SettingsLayerName = 'default' | 'stored' | 'config' | 'environment' | 'override';

/** Values that count more than the stored ones, and are never stored. */
export interface SettingsLayer {
  readonly name: Exclude<SettingsLayerName, 'default' | 'stored'>;
  /** As `settingsSchema` reads them. */
  readonly values: SettingsFields;
  /** Says where the value of a field was found: `[llm] model in config.toml`, `LLM_MODEL`. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Where a value comes from. */
export interface SettingOrigin {
  readonly layer: SettingsLayerName;
  /** The file, the place in it, or the variable. */
  readonly source: string;
}

/** What counts: stored values over defaults, then each layer over what was there; the MCP servers of the configuration come before the stored ones. */
export function applyLayers(defaults: SettingsFields, stored: SettingsFields, layers: readonly SettingsLayer[]): SettingsFields {
  const result = new Map(defaults);
  for (const [field, value] of stored) {
    result.set(field, value);
  }
  for (const { name, values } of layers) {
    for (const [field, value] of values) {
      result.set(field, isMerged(name, field) ? mergeMcpConfigs(value, result.get(field)) : value);
    }
  }
  return result;
}

/**
 * What of given values is to be stored: those that a layer gives anyway are left out.
 *
 * @param stored The values that are stored now.
 */
export function withoutLayers(given: SettingsFields, stored: SettingsFields, layers: readonly SettingsLayer[]): SettingsFields {
  const result = new Map(given);
  for (const [field, value] of given) {
    const layer = layers.findLast(({ values }) => values.has(field));
    if (layer === undefined) {
      continue;
    }
    if (isMerged(layer.name, field)) {
      result.set(field, withoutServersOf(value, layer.values.get(field), stored.get(field)));
    } else if (isDeepStrictEqual(value, layer.values.get(field))) {
      result.delete(field);
    }
  }
  return result;
}

/** Where the value of a field comes from, the origin that counts first, then those it hides; of `mcp_config` those it is merged with. */
export function originsOf(
  { field, isKnown, path }: { readonly field: string; readonly isKnown: boolean; readonly path: string },
  stored: SettingsFields,
  layers: readonly SettingsLayer[],
): SettingOrigin[] {
  const above = layers.flatMap(({ name, sources }): SettingOrigin[] => {
    const source = sources.get(field);
    return source === undefined ? [] : [{ layer: name, source }];
  });
  const isStored = (stored.get(field) ?? null) !== null;
  const below: SettingOrigin[] = isStored ? [{ layer: 'stored', source: path }] : [];
  return [...above.reverse(), ...below, ...(isKnown ? [{ layer: 'default' as const, source: 'settingsSchema' }] : [])];
}

function isMerged(name: SettingsLayerName, field: string): boolean {
  return name === 'config' && field === 'mcp_config';
}
