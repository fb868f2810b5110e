import { FileStoreError } from '@oh/file-store-core';
import { isJsonValue, maxJsonDepth } from '@oh/file-store-core/json';
import { isExposable, isMask, Secret } from '@oh/file-store-core/secrets';
import { isSealedKey, sealedField } from './key-sealing.ts';
import { parseEnvironment } from './mcp-config-schema.ts';
import {
  environmentPatterns,
  everywhere,
  mapSecrets,
  type SecretPatterns,
  type SettingsFields,
  type SettingsPath,
  serverPatterns,
} from './secret-paths.ts';
import { toObject } from './to-object.ts';
import { hasMaskedUrlPassword, hasUrlPassword, withoutUrlPasswords } from './url-password.ts';

/** The settings themselves are one level. */
const maxValueDepth = maxJsonDepth - 1;

/**
 * The fields that somebody wants to set, keys in plain text, without those that are left out or masked.
 *
 * @param reference What the masks within `mcp_config` and other objects stand for.
 * @throws {FileStoreError} `invalid-argument`, naming the fields, never what stands there.
 */
export function readInput(input: object, patterns: SecretPatterns, reference: SettingsFields): SettingsFields {
  const given = spellOut(new Map(Object.entries(input).filter(([, value]) => value !== undefined)));
  const problems: string[] = [];
  const masked = new Set<string>();
  const refuse = (value: unknown, path: SettingsPath, why: string): unknown => {
    problems.push(`${path.join('.')}: ${why}`);
    return value;
  };
  const before = ([field = '', ...rest]: SettingsPath): string | undefined => valueBehindMask(given.get(field), reference.get(field), rest);
  const toKey = (value: unknown, path: SettingsPath): unknown => {
    const text = isExposable(value) ? value.expose() : value;
    if (isSealedKey(text)) {
      return refuse(value, path, 'expected a key, not a sealed one');
    }
    if (typeof text !== 'string' || !isMask(text)) {
      return text;
    }
    if (path.length === 1) {
      masked.add(path.join());
      return text;
    }
    return before(path) ?? refuse(value, path, 'a mask says "unchanged", and there is nothing that it could stand for');
  };
  const toUrl = (value: unknown, path: SettingsPath): unknown => {
    const url = before(path);
    const isSame = url !== undefined && !hasUrlPassword(value) && withoutUrlPasswords(url) === withoutUrlPasswords(String(value));
    return isSame ? url : refuse(value, path, 'a mask stands for the password of another URL; give the password, or leave it out');
  };
  const toSealed = (value: unknown, path: SettingsPath): unknown => {
    // Of a field that this version does not know: who sends back what was shown has not changed it.
    const isSame = isSealedKey(value) && before([...path, sealedField]) === value[sealedField];
    return isSame ? value : refuse(value, path, 'expected a value, not a sealed one');
  };
  const keyed = mapSecrets(given, patterns, isKeyLike, toKey);
  for (const [field, value] of keyed) {
    if (!isJsonValue(value, maxValueDepth)) {
      problems.push(`${field}: expected a JSON value, nested at most ${maxValueDepth} deep`);
    }
  }
  // Who shows settings may hide the passwords of all URLs, such as one in the arguments of an MCP server. What is no JSON may be a value within itself.
  const fields = problems.length > 0 ? keyed : mapSecrets(keyed, everywhere(keyed), hasMaskedUrlPassword, toUrl);
  if (problems.length === 0) {
    mapSecrets(fields, everywhere(fields), isSealedKey, toSealed);
  }
  if (problems.length > 0) {
    throw new FileStoreError('invalid-argument', `the settings are not valid: ${problems.join(', ')}`);
  }
  return new Map([...fields].filter(([field]) => !masked.has(field)));
}

/** MCP servers and their environments as objects where they are texts, within which a mask may stand. */
function spellOut(given: SettingsFields): SettingsFields {
  const servers = mapSecrets(given, serverPatterns, isText, (url) => ({ url }));
  return mapSecrets(servers, environmentPatterns, isText, (text) => parseEnvironment(String(text)) ?? text);
}

/** Settings as they are handed out: each key a {@link Secret}. */
export function toSettings(fields: SettingsFields, patterns: SecretPatterns): Record<string, unknown> {
  return toObject(mapSecrets(fields, patterns, isText, (value) => new Secret(String(value))));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isKeyLike(value: unknown): boolean {
  return isText(value) || isExposable(value) || isSealedKey(value);
}

/**
 * What stands at a path in the settings before; servers are found by URL or name, since they may have been moved or removed.
 *
 * @returns `undefined` also when several could be meant that differ.
 */
function valueBehindMask(given: unknown, reference: unknown, path: SettingsPath): string | undefined {
  const [name, ...rest] = path;
  if (name === undefined) {
    return typeof reference === 'string' ? reference : undefined;
  }
  const child = childOf(given, name);
  if (!(Array.isArray(given) && Array.isArray(reference))) {
    return valueBehindMask(child, childOf(reference, name), rest);
  }
  const values = counterpartsOf(child, given, reference).map((counterpart) => valueBehindMask(child, counterpart, rest));
  return new Set(values).size === 1 ? values[0] : undefined;
}

/** The elements that one of a list may have been before: of several with one identity the one in the same place among them, while none has come or gone. */
function counterpartsOf(element: unknown, given: readonly unknown[], reference: readonly unknown[]): readonly unknown[] {
  const identity = identityOf(element);
  const isSame = (other: unknown): boolean => identity !== undefined && identityOf(other) === identity;
  const [now, before] = [given.filter(isSame), reference.filter(isSame)];
  return now.length === before.length ? before.slice(now.indexOf(element)).slice(0, 1) : before;
}

function identityOf(element: unknown): string | undefined {
  const identity = typeof element === 'string' ? element : (childOf(element, 'url') ?? childOf(element, 'name'));
  // The password of its URL may have changed, or have a mask in its place.
  return typeof identity === 'string' ? withoutUrlPasswords(identity) : undefined;
}

function childOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
