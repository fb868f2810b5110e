import { isRawNumber } from '../json/index.ts';

/** A copy of a JSON value with every text and every key replaced; keys that become the same are told apart by a number. */
export function replaceStrings(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') {
    return replace(value);
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown) => replaceStrings(item, replace));
  }
  const masked = new Map<string, unknown>();
  for (const [key, child] of Object.entries(value)) {
    masked.set(freeKey(masked, replace(key)), replaceStrings(child, replace));
  }
  return Object.fromEntries(masked);
}

function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  let free = key;
  for (let n = 2; taken.has(free); n += 1) {
    free = `${key} (${n})`;
  }
  return free;
}
