import { UsageError } from '../usage-error.ts';
import type { StoreScheme } from './store-scheme.ts';

/** A store URL in its two parts. */
export interface ParsedUrl {
  readonly scheme: StoreScheme;
  /** What follows the colon. */
  readonly rest: string;
}

/**
 * Takes a store URL apart.
 *
 * @throws {UsageError} For a plain path and an unknown scheme, with the URL that was probably meant and the schemes there are.
 */
export async function parseUrl(url: string, schemes: Readonly<Record<string, StoreScheme>>): Promise<ParsedUrl> {
  const colon = url.indexOf(':');
  const name = url.slice(0, Math.max(0, colon));
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) {
    throw await unknownScheme(url, name, schemes);
  }
  return { scheme, rest: url.slice(colon + 1) };
}

async function unknownScheme(url: string, name: string, schemes: Readonly<Record<string, StoreScheme>>): Promise<UsageError> {
  const { parseStoreUrl, suggest } = await import('@oh/storage');
  try {
    parseStoreUrl(url);
  } catch (error) {
    return UsageError.from(error);
  }
  const names = Object.keys(schemes).map((known) => `${known}:`);
  const usages = Object.values(schemes).map(({ usage }) => usage);
  const advice = suggest(`${name}:`, names);
  return new UsageError(`unknown scheme ${JSON.stringify(`${name}:`)}${advice} (known are ${usages.join(', ')})`);
}
