import { isDeepStrictEqual } from 'node:util';
import { mcpServerLists } from './mcp-config-schema.ts';

type ServerLists = Readonly<Record<string, unknown>>;

/** The servers of the configuration, then the stored ones that are not among them; what is not an object counts for none. */
export function mergeMcpConfigs(config: unknown, stored: unknown): unknown {
  if (!isObject(config) || !isObject(stored)) {
    return config ?? stored;
  }
  const lists = mcpServerLists.map((list) => {
    const servers = serversOf(config, list);
    return [list, [...servers, ...serversOf(stored, list).filter((server) => !has(servers, server))]];
  });
  return { ...stored, ...Object.fromEntries(lists) };
}

/**
 * What a merged configuration adds to the configuration: its servers without those of `config`, unless they are stored as well.
 *
 * @returns null when nothing is left and nothing was stored.
 */
export function withoutServersOf(merged: unknown, config: unknown, stored: unknown): unknown {
  if (!isObject(merged) || !isObject(config)) {
    return merged;
  }
  const lists = mcpServerLists.map((list) => {
    const servers = serversOf(merged, list).filter(
      (server) => !has(serversOf(config, list), server) || has(serversOf(stored, list), server),
    );
    return [list, servers] as const;
  });
  const isEmpty = lists.every(([, servers]) => servers.length === 0) && !isObject(stored);
  return isEmpty ? null : { ...merged, ...Object.fromEntries(lists) };
}

function serversOf(config: unknown, list: string): readonly unknown[] {
  const servers = isObject(config) ? config[list] : undefined;
  return Array.isArray(servers) ? servers : [];
}

function has(servers: readonly unknown[], server: unknown): boolean {
  return servers.some((other) => isDeepStrictEqual(other, server));
}

function isObject(value: unknown): value is ServerLists {
  return typeof value === 'object' && value !== null;
}
