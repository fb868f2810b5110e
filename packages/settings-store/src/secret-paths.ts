import { isRawNumber } from '@oh/file-store-core/json';

/** Where a value stands in the settings: names of fields, and indexes of arrays as texts. */
export type SettingsPath = readonly string[];

/** A path of which segments may be `*`, one segment whatever its name, or `**`, any number of them. */
type SecretPattern = readonly string[];

/** Patterns by the field that they begin with, without it: most fields have none, and are not looked into. */
export type SecretPatterns = ReadonlyMap<string, readonly SecretPattern[]>;

/** The fields of settings by name: JSON values, keys as texts. */
export type SettingsFields = ReadonlyMap<string, unknown>;

/** What OpenHands 1.x keeps secret at any depth of the settings of an agent, and of saved models. */
const agentSecrets: readonly string[] = [
  'api_key',
  'critic_api_key',
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'env.*',
  'headers.*',
  'extra_headers.*',
  'secrets.*',
  'secrets.*.value',
  'auth.value',
  'password',
  'client_secret',
  'access_token',
  'refresh_token',
];

/** Where the keys stand in what OpenHands up to 1.x stores. */
const knownSecrets: readonly string[] = [
  'llm_api_key',
  'search_api_key',
  'sandbox_api_key',
  'mcp_config.**.api_key',
  'mcp_config.**.headers.*',
  'mcp_config.stdio_servers.*.env',
  'mcp_config.**.env.*',
  // The name of a profile is anything, also that of a field.
  ...['agent_settings', 'llm_profiles.profiles.*'].flatMap((where) => agentSecrets.map((path) => `${where}.**.${path}`)),
  ...['secrets_store', 'secret_store'].flatMap((store) => [
    `${store}.provider_tokens.*`,
    `${store}.provider_tokens.*.token`,
    `${store}.custom_secrets.*`,
    `${store}.custom_secrets.*.secret`,
  ]),
];

/** Those of {@link knownSecrets}, once for all stores: a server has one for each of its users. */
const knownPatterns: SecretPatterns = toPatterns(knownSecrets);

/** Where OpenHands may have stored a mask for the password of a URL. */
export const urlPatterns: SecretPatterns = toPatterns([
  'llm_base_url',
  'mcp_config.**.url',
  'agent_settings.**.base_url',
  'agent_settings.**.url',
  'agent_settings.**.ollama_base_url',
  'agent_settings.**.critic_server_url',
  'llm_profiles.profiles.*.**.base_url',
  'llm_profiles.profiles.*.**.ollama_base_url',
]);

/** Where an MCP server may be its URL alone, as a text. */
export const serverPatterns: SecretPatterns = toPatterns(['mcp_config.sse_servers.*', 'mcp_config.shttp_servers.*']);

/** Where the environment of an MCP server may be one text. */
export const environmentPatterns: SecretPatterns = toPatterns(['mcp_config.stdio_servers.*.env']);

/**
 * All patterns: the known ones, and those of fields that an application adds.
 *
 * @throws {TypeError} When a path does not begin with the name of a field.
 */
export function secretPatterns(paths: readonly string[]): SecretPatterns {
  return paths.length === 0 ? knownPatterns : toPatterns([...knownSecrets, ...paths]);
}

function toPatterns(paths: readonly string[]): SecretPatterns {
  const patterns = new Map<string, SecretPattern[]>();
  for (const path of paths) {
    const [field = '', ...rest] = path.split('.');
    if (field === '' || field.startsWith('*')) {
      throw new TypeError(`a path to a key begins with the name of a field: ${JSON.stringify(path)}`);
    }
    patterns.set(field, [...(patterns.get(field) ?? []), rest]);
  }
  return patterns;
}

/** Patterns of every place. */
export function everywhere(fields: SettingsFields): SecretPatterns {
  return new Map(Array.from(fields.keys(), (field) => [field, [[], ['**', '*']]]));
}

/**
 * The fields with what stands at the end of a pattern replaced: texts, and whatever else is asked to be.
 *
 * Objects and arrays on the way there are copied; the fields themselves are when one of them has changed.
 *
 * @param isLeaf Which values are replaced there; others are looked into.
 */
export function mapSecrets(
  fields: SettingsFields,
  patterns: SecretPatterns,
  isLeaf: (value: unknown) => boolean,
  replace: (value: unknown, path: SettingsPath) => unknown,
): SettingsFields {
  const visit = (value: unknown, path: SettingsPath, rest: readonly SecretPattern[]): unknown => {
    if (rest.length === 0) {
      return value;
    }
    if (isLeaf(value)) {
      return rest.some((pattern) => pattern.length === 0) ? replace(value, path) : value;
    }
    if (!isPlain(value)) {
      return value;
    }
    const children = Object.entries(value).map(
      ([name, child]) => [name, visit(child, [...path, name], advance(rest, name))] satisfies [string, unknown],
    );
    return Array.isArray(value) ? children.map(([, child]) => child) : Object.fromEntries(children);
  };
  let result: Map<string, unknown> | undefined;
  for (const [field, rest] of patterns) {
    const value = fields.get(field);
    const replaced = visit(value, [field], rest);
    if (replaced !== value) {
      result ??= new Map(fields);
      result.set(field, replaced);
    }
  }
  return result ?? fields;
}

/** What is left of the patterns below a field. */
function advance(patterns: readonly SecretPattern[], name: string): SecretPattern[] {
  return patterns.flatMap((pattern) => {
    const [head, ...tail] = pattern;
    if (head === '**') {
      return [pattern, ...advance([tail], name)];
    }
    return head === name || head === '*' ? [tail] : [];
  });
}

/** Numbers that keep their digits, dates and other classes have nothing below them. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** A text that stands for a path in a map. */
export function pathKey(path: SettingsPath): string {
  return JSON.stringify(path);
}
