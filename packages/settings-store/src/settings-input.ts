import { FileStoreError } from '@oh/file-store-core';
import { isJsonValue, maxJsonDepth } from '@oh/file-store-core/json';
import { isSealedKey } from './key-sealing.ts';
import { mapSecrets, type SecretPatterns, type SettingsFields, type SettingsPath } from './secret-paths.ts';
import { isExposable, isMask, SecretText } from './secret-text.ts';
import { toObject } from './to-object.ts';

/** The settings themselves are one level. */
const maxValueDepth = maxJsonDepth - 1;

/**
 * The fields that somebody wants to set, keys in plain text, without those that are left out or masked.
 *
 * @param reference What the masks within `mcp_config` and other objects stand for.
 * @throws {FileStoreError} `invalid-argument`, naming the fields, never what stands there.
 */
export function readInput(input: object, patterns: SecretPatterns, reference: SettingsFields): SettingsFields {
  const given = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const problems: string[] = [];
  const masked = new Set<string>();
  const toText = (value: unknown, path: SettingsPath): unknown => {
    const text = isExposable(value) ? value.expose() : value;
    if (isSealedKey(text)) {
      problems.push(`${path.join('.')}: expected a key, not a sealed one`);
      return undefined;
    }
    if (typeof text !== 'string' || !isMask(text)) {
      return text;
    }
    const [field = '', ...rest] = path;
    const unchanged = rest.length === 0 ? masked.add(field) && undefined : valueBehindMask(given.get(field), reference.get(field), rest);
    if (rest.length > 0 && unchanged === undefined) {
      problems.push(`${path.join('.')}: a mask says "unchanged", and there is nothing that it could stand for`);
    }
    return unchanged;
  };
  const fields = mapSecrets(given, patterns, isKeyLike, toText);
  for (const [field, value] of fields) {
    if (!masked.has(field) && !isJsonValue(value, maxValueDepth)) {
      problems.push(`${field}: expected a JSON value, nested at most ${maxValueDepth} deep`);
    }
  }
  if (problems.length > 0) {
    throw new FileStoreError('invalid-argument', `the settings are not valid: ${problems.join(', ')}`);
  }
  return new Map([...fields].filter(([field]) => !masked.has(field)));
}

/** Settings as they are handed out: each key a {@link SecretText}. */
export function toSettings(fields: SettingsFields, patterns: SecretPatterns): Record<string, unknown> {
  const isText = (value: unknown): boolean => typeof value === 'string';
  return toObject(mapSecrets(fields, patterns, isText, (value) => new SecretText(String(value))));
}

function isKeyLike(value: unknown): boolean {
  return typeof value === 'string' || isExposable(value) || isSealedKey(value);
}

/**
 * What stands at a path in the settings before; servers are found by URL or name, since they may have been moved or removed.
 *
 * @returns `undefined` also when several could be meant that differ.
 */
function valueBehindMask(given: unknown, reference: unknown, path: SettingsPath): unknown {
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
  const identity = childOf(element, 'url') ?? childOf(element, 'name');
  return typeof identity === 'string' ? identity : undefined;
}

function childOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
