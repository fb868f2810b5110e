/** Reads a block of JSON: one value, or one a line. */
export function parseJsonBlock(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split('\n').map((line) => JSON.parse(line) as unknown);
  }
}

/**
 * Compares what a document shows of a format with what is written.
 *
 * @param shown Stands for all of `actual`: the same fields with the same types; an array for its first item, and one field in capitals, such as `SHA256`, for every field.
 * @param optional Fields that may be missing, or `null`.
 * @returns The paths at which they differ.
 */
export function findShapeDifferences(shown: unknown, actual: unknown, optional: readonly string[] = [], path = '$'): string[] {
  if (typeOf(shown) !== typeOf(actual)) {
    return [`${path}: ${typeOf(shown)} is shown, ${typeOf(actual)} is there`];
  }
  if (Array.isArray(shown) && Array.isArray(actual)) {
    return shown.length === 0 || actual.length === 0 ? [] : findShapeDifferences(shown[0], actual[0], optional, `${path}[0]`);
  }
  if (!isObject(shown) || !isObject(actual)) {
    return [];
  }
  const [wildcard] = Object.keys(shown).filter((key) => /^[A-Z0-9_]+$/.test(key));
  if (wildcard !== undefined) {
    return Object.entries(actual).flatMap(([key, value]) => findShapeDifferences(shown[wildcard], value, optional, `${path}.${key}`));
  }
  const keys = new Set([...Object.keys(shown), ...Object.keys(actual)]);
  return [...keys].flatMap((key) => {
    if (optional.includes(key) && ((actual[key] ?? null) === null || shown[key] === null)) {
      return [];
    }
    if (!(key in shown && key in actual)) {
      return [`${path}.${key}: ${key in shown ? 'is shown, and not there' : 'is there, and not shown'}`];
    }
    return findShapeDifferences(shown[key], actual[key], optional, `${path}.${key}`);
  });
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeOf(value) === 'object';
}
